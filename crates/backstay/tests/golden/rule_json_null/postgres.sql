-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (CAST(bs_json_as((t1."meta" -> $1::text), $2::text) AS jsonb) IS NULL)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("tier"))
--   $2 Constant(Text("any"))
--   $3 Constant(Int(1000))


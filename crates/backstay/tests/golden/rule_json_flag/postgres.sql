-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (CAST(bs_json_as((t1."meta" -> $1::text), $2::text) AS bool) = TRUE)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("flag"))
--   $2 Constant(Text("bool"))
--   $3 Constant(Int(1000))


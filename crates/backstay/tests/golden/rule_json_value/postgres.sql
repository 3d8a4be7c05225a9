-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (CAST(bs_json_as((t1."meta" -> $1::text), $2::text) AS int8) > $3::int8)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("level"))
--   $2 Constant(Text("int"))
--   $3 Constant(Int(2))
--   $4 Constant(Int(1000))


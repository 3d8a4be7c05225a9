-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((CAST(bs_json_as((t1."meta" -> $1::text), $2::text) AS text) COLLATE "C") = $3::text)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("tier"))
--   $2 Constant(Text("string"))
--   $3 Constant(Text("gold"))
--   $4 Constant(Int(1000))


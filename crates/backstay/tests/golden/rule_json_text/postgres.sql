-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ((CAST(bs_json_as((t1."meta" -> $2::text), $3::text) AS text) COLLATE "C") = $4::text)
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("tier"))
--   $3 Constant(Text("string"))
--   $4 Constant(Text("gold"))
--   $5 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (CAST(bs_json_as((t1."meta" -> $2::text), $3::text) AS int8) > $4::int8)
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("level"))
--   $3 Constant(Text("int"))
--   $4 Constant(Int(2))
--   $5 Constant(Int(1000))


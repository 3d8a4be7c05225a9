-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."info")
FROM "books" AS t1
ORDER BY (t1."info" -> $3::text) DESC, t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("info"))
--   $3 Constant(Text("format"))
--   $4 Constant(Int(1000))


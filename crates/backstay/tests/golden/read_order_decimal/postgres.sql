-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."price")
FROM "books" AS t1
ORDER BY t1."price", t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("price"))
--   $3 Constant(Int(1000))


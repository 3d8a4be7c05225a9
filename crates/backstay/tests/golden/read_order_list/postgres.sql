-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."scores")
FROM "books" AS t1
ORDER BY t1."scores", t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("scores"))
--   $3 Constant(Int(1000))


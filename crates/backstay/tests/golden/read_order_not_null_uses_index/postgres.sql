-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
ORDER BY t1."title" DESC, t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Int(1000))


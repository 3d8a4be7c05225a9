-- read, JSON rows
SELECT json_build_object($1::text, count(*))
FROM "books" AS t1
LIMIT $2::int8;
--   $1 Constant(Text("count"))
--   $2 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, (CAST(count(*) AS text) COLLATE "C"))
FROM "books" AS t1
LIMIT $2::int8;
--   $1 Constant(Text("count"))
--   $2 Constant(Int(1000))


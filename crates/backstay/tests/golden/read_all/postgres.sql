-- read, flat rows (id: Plain, title: Plain)
SELECT t1."id", t1."title"
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


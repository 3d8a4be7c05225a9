-- read, flat rows (id: Plain, pages: Plain)
SELECT t1."id", t1."pages"
FROM "books" AS t1
ORDER BY t1."pages" DESC, t1."title", t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


-- read, flat rows (id: Plain, author: Plain, country: Plain)
SELECT t1."id", t2."name", t2."country"
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


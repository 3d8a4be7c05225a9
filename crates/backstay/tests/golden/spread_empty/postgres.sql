-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


-- read, flat rows (id: Plain, author: Plain, teacher: Plain)
SELECT t1."id", t2."name", t3."name"
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
LEFT JOIN "authors" AS t3 ON (t3."id" = t2."mentorId")
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


-- read, flat rows (name: Plain, n: Plain)
SELECT t3."name", count(t2."id")
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
LEFT JOIN "authors" AS t3 ON (t3."id" = t2."mentorId")
GROUP BY t3."name"
ORDER BY t3."name"
LIMIT ?1;
--   ?1 Constant(Int(1000))


-- read, flat rows (genre: Plain, count: Plain)
SELECT t1."genre", count(t2."id")
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
GROUP BY t1."genre"
ORDER BY t1."genre"
LIMIT ?1;
--   ?1 Constant(Int(1000))


-- read, flat rows (genre: Plain, country: Plain, authors: Plain)
SELECT t1."genre", t2."country", count(t2."id")
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
GROUP BY t1."genre", t2."country"
ORDER BY t1."genre" NULLS LAST, t2."country"
LIMIT ?1;
--   ?1 Constant(Int(1000))


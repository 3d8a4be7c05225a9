-- read, flat rows (genre: Plain, n: Plain, sum: Plain)
SELECT t1."genre", count(*), sum(t1."pages")
FROM "books" AS t1
GROUP BY t1."genre"
ORDER BY t1."genre" DESC
LIMIT ?1;
--   ?1 Constant(Int(1000))


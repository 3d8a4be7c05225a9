-- read, flat rows (sum: Plain, avg: Plain, min: Plain, max: Plain, count: Plain)
SELECT sum(t1."pages"), avg(t1."pages"), min(t1."pages"), max(t1."pages"), count(t1."pages")
FROM "books" AS t1
LIMIT ?1;
--   ?1 Constant(Int(1000))


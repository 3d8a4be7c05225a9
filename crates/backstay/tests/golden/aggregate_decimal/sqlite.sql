-- read, flat rows (sum: Raw, avg: Raw, min: Raw, max: Raw)
SELECT decimal_sum(t1."price"), decimal_avg(t1."price"), min((t1."price" COLLATE decimal)), max((t1."price" COLLATE decimal))
FROM "books" AS t1
LIMIT ?1;
--   ?1 Constant(Int(1000))


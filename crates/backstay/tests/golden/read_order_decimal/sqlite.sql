-- read, flat rows (id: Plain, price: Raw)
SELECT t1."id", t1."price"
FROM "books" AS t1
ORDER BY (t1."price" COLLATE decimal) NULLS LAST, t1."id"
LIMIT ?1;
--   ?1 Constant(Int(1000))


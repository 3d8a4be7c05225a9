-- read, flat rows (count: Plain)
SELECT count(*)
FROM "books" AS t1
LIMIT ?1;
--   ?1 Constant(Int(1000))


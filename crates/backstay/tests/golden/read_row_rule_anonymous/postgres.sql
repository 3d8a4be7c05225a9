-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "reviews" AS t1
WHERE (t1."hidden" = FALSE)
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (CAST(t1."price" AS REAL) >= ?1)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Float(2.5))
--   ?2 Constant(Int(1000))


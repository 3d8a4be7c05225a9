-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (CAST(t1."price" AS float8) >= $1::float8)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Float(2.5))
--   $2 Constant(Int(1000))


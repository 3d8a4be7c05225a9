-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE t1."open"
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


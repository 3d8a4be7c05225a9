-- read, flat rows (name: Plain)
SELECT t1."name"
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


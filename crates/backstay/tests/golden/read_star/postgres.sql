-- read, flat rows (id: Plain, name: Plain, city: Plain)
SELECT t1."id", t1."name", t1."city"
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


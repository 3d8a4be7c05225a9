-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (NOT (((t1."info" ->> $1::int4) COLLATE "C") IS NULL))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Int(-1))
--   $2 Constant(Int(1000))


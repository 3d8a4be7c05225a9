-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT ((t1."ownerId" = t1."title") IS TRUE))
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


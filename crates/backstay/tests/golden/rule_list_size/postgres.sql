-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (cardinality(CAST(t1."tags" AS text[])) > $1::int8)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Int(1))
--   $2 Constant(Int(1000))


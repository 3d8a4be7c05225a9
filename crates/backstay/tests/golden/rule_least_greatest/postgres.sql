-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((CASE WHEN num_nulls(t1."score", $1::int8) = 0 THEN least(t1."score", $1::int8) END = $1::int8) OR (CASE WHEN num_nulls(t1."score", $2::int8) = 0 THEN greatest(t1."score", $2::int8) END = $2::int8))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Int(5))
--   $2 Constant(Int(1))
--   $3 Constant(Int(1000))


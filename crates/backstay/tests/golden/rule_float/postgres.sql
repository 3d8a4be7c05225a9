-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (bs_mul(CAST(t1."weight" AS float8), $1::float8) > $2::float8)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Float(2.0))
--   $2 Constant(Float(1.0))
--   $3 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (bs_sub(CAST(bs_mul(CAST(t1."score" AS int8), $1::int8) AS int8), $2::int8) > $3::int8)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Int(2))
--   $2 Constant(Int(1))
--   $3 Constant(Int(10))
--   $4 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (bs_mul(CAST(t1."weight" AS float8), $2::float8) > $3::float8)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Float(2.0))
--   $3 Constant(Float(1.0))
--   $4 Constant(Int(1000))


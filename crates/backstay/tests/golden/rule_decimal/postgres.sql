-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (CAST(t1."price" AS float8) >= $2::float8)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Float(2.5))
--   $3 Constant(Int(1000))


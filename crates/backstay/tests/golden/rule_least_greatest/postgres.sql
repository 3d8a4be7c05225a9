-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ((CASE WHEN num_nulls(t1."score", $2::int8) = 0 THEN least(t1."score", $2::int8) END = $2::int8) OR (CASE WHEN num_nulls(t1."score", $3::int8) = 0 THEN greatest(t1."score", $3::int8) END = $3::int8))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Int(5))
--   $3 Constant(Int(1))
--   $4 Constant(Int(1000))


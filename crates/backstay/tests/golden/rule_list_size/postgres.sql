-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (cardinality(CAST(t1."tags" AS text[])) > $2::int8)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Int(1))
--   $3 Constant(Int(1000))


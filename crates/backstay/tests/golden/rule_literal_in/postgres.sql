-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (t1."state" IN ($2::text, $3::text))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("draft"))
--   $3 Constant(Text("published"))
--   $4 Constant(Int(1000))


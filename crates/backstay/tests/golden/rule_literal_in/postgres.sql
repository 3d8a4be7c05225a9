-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (t1."state" IN ($1::text, $2::text))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("draft"))
--   $2 Constant(Text("published"))
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (t1."title" ~ $2::text)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("\\A[A-Z]"))
--   $3 Constant(Int(1000))


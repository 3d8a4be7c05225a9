-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (NOT ((t1."body" ~ $2::text) IS TRUE))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("a"))
--   $3 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT ((t1."body" ~ $1::text) IS TRUE))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("a"))
--   $2 Constant(Int(1000))


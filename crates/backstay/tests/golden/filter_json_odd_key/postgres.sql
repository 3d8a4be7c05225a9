-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE ((t1."info" -> $1::text) IS NULL)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("a.b"))
--   $2 Constant(Int(1000))


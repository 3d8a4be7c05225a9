-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (((t1."title" || $1::text) || t1."ownerId") = $2::text)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("-"))
--   $2 Constant(Text("Alpha-ana"))
--   $3 Constant(Int(1000))


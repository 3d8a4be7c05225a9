-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (((t1."title" || $2::text) || t1."ownerId") = $3::text)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("-"))
--   $3 Constant(Text("Alpha-ana"))
--   $4 Constant(Int(1000))


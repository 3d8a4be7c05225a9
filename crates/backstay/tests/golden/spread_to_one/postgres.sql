-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t2."name", $3::text, t2."country")
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("author"))
--   $3 Constant(Text("country"))
--   $4 Constant(Int(1000))


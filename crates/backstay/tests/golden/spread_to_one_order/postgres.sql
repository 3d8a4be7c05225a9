-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t2."name")
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
ORDER BY t2."name" DESC NULLS LAST, t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("author"))
--   $3 Constant(Int(1000))


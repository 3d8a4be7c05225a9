-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."pages")
FROM "books" AS t1
ORDER BY t1."pages" DESC, t1."title", t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("pages"))
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (
  SELECT json_build_object($3::text, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
))
FROM "books" AS t1
ORDER BY (
  SELECT t3."name"
  FROM "authors" AS t3
  WHERE (t3."id" = t1."authorId")
  LIMIT 1
) DESC, t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("author"))
--   $3 Constant(Text("name"))
--   $4 Constant(Int(1000))


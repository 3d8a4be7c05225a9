-- read, JSON rows
SELECT json_build_object($1::text, t1."name")
FROM "authors" AS t1
WHERE (NOT (NOT EXISTS (
  SELECT 1
  FROM "books" AS t2
  WHERE (t2."authorId" = t1."id")
)))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Int(1000))


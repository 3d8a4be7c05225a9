-- read, flat rows (id: Plain, author: Raw)
SELECT t1."id", (
  SELECT json_object(?1, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
)
FROM "books" AS t1
ORDER BY (
  SELECT t3."name"
  FROM "authors" AS t3
  WHERE (t3."id" = t1."authorId")
) DESC NULLS FIRST, t1."id"
LIMIT ?2;
--   ?1 Constant(Text("name"))
--   ?2 Constant(Int(1000))


-- read, flat rows (name: Plain)
SELECT t1."name"
FROM "authors" AS t1
WHERE (NOT (NOT EXISTS (
  SELECT 1
  FROM "books" AS t2
  WHERE (t2."authorId" = t1."id")
)))
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


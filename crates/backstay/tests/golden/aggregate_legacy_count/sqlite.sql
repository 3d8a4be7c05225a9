-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?1, count(*)) AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    LIMIT ?2
  ) AS t3
)
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("count"))
--   ?2 Constant(Int(1000))


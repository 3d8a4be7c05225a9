-- read, flat rows (id: Plain, author: Plain, books: Raw)
SELECT t1."id", t2."name", CASE WHEN (t2."id" IS NOT NULL) THEN (
  SELECT json_group_array(json(t4."c0"))
  FROM (
    SELECT json_object(?1, t3."title") AS "c0"
    FROM "books" AS t3
    WHERE (t3."authorId" = t2."id")
    ORDER BY t3."id"
    LIMIT ?2
  ) AS t4
) END
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("title"))
--   ?2 Constant(Int(1000))


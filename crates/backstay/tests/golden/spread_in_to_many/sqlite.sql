-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t4."c0"))
  FROM (
    SELECT json_object(?1, t2."title", ?2, t3."name") AS "c0"
    FROM "books" AS t2
    LEFT JOIN "publishers" AS t3 ON (t3."id" = t2."publisherId")
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?3
  ) AS t4
)
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("title"))
--   ?2 Constant(Text("publisher"))
--   ?3 Constant(Int(1000))


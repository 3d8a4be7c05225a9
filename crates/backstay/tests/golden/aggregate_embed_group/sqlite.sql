-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?1, t2."genre", ?2, count(*)) AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    GROUP BY t2."genre"
    ORDER BY t2."genre"
    LIMIT ?3
  ) AS t3
)
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("genre"))
--   ?2 Constant(Text("count"))
--   ?3 Constant(Int(1000))


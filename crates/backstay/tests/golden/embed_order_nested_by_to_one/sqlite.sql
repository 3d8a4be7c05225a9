-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t5."c0"))
  FROM (
    SELECT json_object(?1, t2."title", ?2, json((
      SELECT json_object(?3, t3."name")
      FROM "authors" AS t3
      WHERE (t3."id" = t2."authorId")
    ))) AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY (
      SELECT t4."name"
      FROM "authors" AS t4
      WHERE (t4."id" = t2."authorId")
    ) NULLS LAST, t2."id"
    LIMIT ?4
  ) AS t5
)
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Text("title"))
--   ?2 Constant(Text("author"))
--   ?3 Constant(Text("name"))
--   ?4 Constant(Int(1000))


-- read, flat rows (name: Plain, title: Raw, author: Raw)
SELECT t1."name", (
  SELECT json_group_array(t4."c0")
  FROM (
    SELECT t2."title" AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?1
  ) AS t4
), (
  SELECT json_group_array(json(t7."c0"))
  FROM (
    SELECT json((
      SELECT json_object(?2, t6."name")
      FROM "authors" AS t6
      WHERE (t6."id" = t5."authorId")
    )) AS "c0"
    FROM "books" AS t5
    WHERE (t5."publisherId" = t1."id")
    ORDER BY t5."id"
    LIMIT ?1
  ) AS t7
)
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT ?1;
--   ?1 Constant(Int(1000))
--   ?2 Constant(Text("name"))


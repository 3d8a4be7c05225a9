-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t7."c0"))
  FROM (
    SELECT json_object(?1, t2."title", ?2, json((
      SELECT json_object(?3, t3."name", ?4, json((
        SELECT json_object(?3, t4."name")
        FROM "authors" AS t4
        WHERE (t4."id" = t3."mentorId")
      )))
      FROM "authors" AS t3
      WHERE (t3."id" = t2."authorId")
    )), ?5, json((
      SELECT json_group_array(json(t6."c0"))
      FROM (
        SELECT json_object(?6, t5."stars") AS "c0"
        FROM "reviews" AS t5
        WHERE (t5."bookId" = t2."id")
        ORDER BY t5."id"
        LIMIT ?7
      ) AS t6
    ))) AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?7
  ) AS t7
)
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT ?7;
--   ?1 Constant(Text("title"))
--   ?2 Constant(Text("author"))
--   ?3 Constant(Text("name"))
--   ?4 Constant(Text("mentor"))
--   ?5 Constant(Text("reviews"))
--   ?6 Constant(Text("stars"))
--   ?7 Constant(Int(1000))


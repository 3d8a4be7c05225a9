-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t7."c0"))
  FROM (
    SELECT json_object(?1, t4."title", ?2, json((
      SELECT json_object(?3, t6."name")
      FROM "authors" AS t6
      WHERE ((t6."id" = t4."authorId") AND bs_like(t6."name", ?4))
    ))) AS "c0"
    FROM "books" AS t4
    WHERE ((t4."publisherId" = t1."id") AND EXISTS (
      SELECT 1
      FROM "authors" AS t5
      WHERE ((t5."id" = t4."authorId") AND bs_like(t5."name", ?4))
    ))
    ORDER BY t4."id"
    LIMIT ?5
  ) AS t7
)
FROM "publishers" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "books" AS t2
  WHERE ((t2."publisherId" = t1."id") AND EXISTS (
    SELECT 1
    FROM "authors" AS t3
    WHERE ((t3."id" = t2."authorId") AND bs_like(t3."name", ?4))
  ))
)
ORDER BY t1."id"
LIMIT ?5;
--   ?1 Constant(Text("title"))
--   ?2 Constant(Text("author"))
--   ?3 Constant(Text("name"))
--   ?4 Input { slot: Slot(0), cast: Text }
--   ?5 Constant(Int(1000))


-- read, flat rows (name: Plain, shelf_books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t4."c0"))
  FROM (
    SELECT json_object(?1, t2."position", ?2, json((
      SELECT json_object(?3, t3."title")
      FROM "books" AS t3
      WHERE (t3."id" = t2."bookId")
    ))) AS "c0"
    FROM "shelf_books" AS t2
    WHERE (t2."shelfId" = t1."id")
    ORDER BY t2."position" NULLS LAST, t2."shelfId", t2."bookId"
    LIMIT ?4
  ) AS t4
)
FROM "shelves" AS t1
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Text("position"))
--   ?2 Constant(Text("book"))
--   ?3 Constant(Text("title"))
--   ?4 Constant(Int(1000))


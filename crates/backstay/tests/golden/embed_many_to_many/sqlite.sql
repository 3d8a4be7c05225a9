-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t4."c0"))
  FROM (
    SELECT json_object(?1, t2."title") AS "c0"
    FROM "books" AS t2
    JOIN "shelf_books" AS t3 ON (t2."id" = t3."bookId")
    WHERE (t3."shelfId" = t1."id")
    ORDER BY t2."title", t2."id"
    LIMIT ?2
  ) AS t4
)
FROM "shelves" AS t1
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("title"))
--   ?2 Constant(Int(1000))


-- read, flat rows (id: Plain, shelves: Raw)
SELECT t1."id", (
  SELECT json_group_array(json(t4."c0"))
  FROM (
    SELECT json_object(?1, t2."name") AS "c0"
    FROM "shelves" AS t2
    JOIN "shelf_books" AS t3 ON (t2."id" = t3."shelfId")
    WHERE (t3."bookId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?2
  ) AS t4
)
FROM "books" AS t1
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("name"))
--   ?2 Constant(Int(1000))


-- read, flat rows (name: Plain, title: Raw)
SELECT t1."name", (
  SELECT json_group_array(t4."c0")
  FROM (
    SELECT t2."title" AS "c0"
    FROM "books" AS t2
    JOIN "shelf_books" AS t3 ON (t2."id" = t3."bookId")
    WHERE (t3."shelfId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?1
  ) AS t4
)
FROM "shelves" AS t1
ORDER BY t1."id"
LIMIT ?1;
--   ?1 Constant(Int(1000))


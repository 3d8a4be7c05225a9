-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t6."c0"))
  FROM (
    SELECT json_object(?1, t4."title") AS "c0"
    FROM "books" AS t4
    JOIN "shelf_books" AS t5 ON (t4."id" = t5."bookId")
    WHERE ((t5."shelfId" = t1."id")
      AND (t4."pages" > ?2))
    ORDER BY t4."id"
    LIMIT ?3
  ) AS t6
)
FROM "shelves" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "books" AS t2
  JOIN "shelf_books" AS t3 ON (t2."id" = t3."bookId")
  WHERE ((t3."shelfId" = t1."id")
    AND (t2."pages" > ?2))
)
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("title"))
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?3 Constant(Int(1000))


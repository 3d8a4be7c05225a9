-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t6."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t4."title") AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t4
    JOIN "shelf_books" AS t5 ON (t4."id" = t5."bookId")
    WHERE ((t5."shelfId" = t1."id")
      AND (t4."pages" > $2::int4))
    ORDER BY t4."id"
    LIMIT $3::int8
  ) AS t6
) AS text), 'null')
FROM "shelves" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "books" AS t2
  JOIN "shelf_books" AS t3 ON (t2."id" = t3."bookId")
  WHERE ((t3."shelfId" = t1."id")
    AND (t2."pages" > $2::int4))
)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("{\"title\":"))
--   $2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


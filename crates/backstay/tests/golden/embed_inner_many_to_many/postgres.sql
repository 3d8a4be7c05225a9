-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t6."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t4."title") AS "c0"
    FROM "books" AS t4
    JOIN "shelf_books" AS t5 ON (t4."id" = t5."bookId")
    WHERE ((t5."shelfId" = t1."id")
      AND (t4."pages" > $4::int4))
    ORDER BY t4."id"
    LIMIT $5::int8
  ) AS t6
))
FROM "shelves" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "books" AS t2
  JOIN "shelf_books" AS t3 ON (t2."id" = t3."bookId")
  WHERE ((t3."shelfId" = t1."id")
    AND (t2."pages" > $4::int4))
)
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $5 Constant(Int(1000))


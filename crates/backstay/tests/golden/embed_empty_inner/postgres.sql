-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "authors" AS t2
  WHERE ((t2."id" = t1."authorId")
    AND (t2."country" = $1::text))
)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $2 Constant(Int(1000))


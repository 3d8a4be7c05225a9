-- read, flat rows (name: Plain)
SELECT t1."name"
FROM "authors" AS t1
WHERE ((NOT EXISTS (
  SELECT 1
  FROM "books" AS t2
  WHERE (t2."authorId" = t1."id")
)) OR (t1."country" = $1::text))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $2 Constant(Int(1000))


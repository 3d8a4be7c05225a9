-- read, JSON rows
SELECT json_build_object($1::text, t1."name")
FROM "authors" AS t1
WHERE ((NOT EXISTS (
  SELECT 1
  FROM "books" AS t2
  WHERE (t2."authorId" = t1."id")
)) OR (t1."country" = $2::text))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("name"))
--   $2 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


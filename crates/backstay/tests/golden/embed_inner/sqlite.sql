-- read, flat rows (id: Plain, author: Raw)
SELECT t1."id", (
  SELECT json_object(?1, t3."name")
  FROM "authors" AS t3
  WHERE ((t3."id" = t1."authorId")
    AND (t3."country" = ?2))
)
FROM "books" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "authors" AS t2
  WHERE ((t2."id" = t1."authorId")
    AND (t2."country" = ?2))
)
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("name"))
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?3 Constant(Int(1000))


-- read, flat rows (id: Plain, author: Raw)
SELECT t1."id", (
  SELECT json_object(?1, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
)
FROM (
  SELECT *
  FROM books
  WHERE pages >= ?2 AND genre = ?3

) AS t1
WHERE (t1."rating" < ?4)
LIMIT ?5;
--   ?1 Constant(Text("name"))
--   ?2 Input { slot: Slot(1), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   ?3 Input { slot: Slot(2), cast: Argument { ty: FieldType { scalar: String, list: false, nullable: true, items_nullable: false }, default: Some("\"novel\"") } }
--   ?4 Input { slot: Slot(0), cast: Field(FieldType { scalar: Float, list: false, nullable: true, items_nullable: false }) }
--   ?5 Constant(Int(1000))


-- read, flat rows (id: Plain, title: Plain)
SELECT t1."id", t1."title"
FROM (
  SELECT *
  FROM books
  WHERE pages >= ?1 AND genre = ?2

) AS t1
ORDER BY t1."id" DESC
LIMIT ?3;
--   ?1 Input { slot: Slot(0), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   ?2 Constant(Text("novel"))
--   ?3 Constant(Int(1000))


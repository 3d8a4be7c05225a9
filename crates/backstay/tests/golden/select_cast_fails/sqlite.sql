-- read, flat rows (title: Plain)
SELECT bs_cast(t1."title", ?1)
FROM "books" AS t1
WHERE (t1."id" = ?2)
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("integer"))
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?3 Constant(Int(1000))


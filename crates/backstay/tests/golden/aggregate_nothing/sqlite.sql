-- read, flat rows (sum: Plain, count: Plain)
SELECT sum(t1."pages"), count(*)
FROM "books" AS t1
WHERE (t1."id" = ?1)
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?2 Constant(Int(1000))


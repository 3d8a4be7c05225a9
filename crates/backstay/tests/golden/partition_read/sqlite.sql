-- read, flat rows (id: Plain, name: Plain, at: Timestamp)
SELECT t1."id", t1."name", t1."at"
FROM "events" AS t1
WHERE (t1."at" >= ?1)
ORDER BY t1."at", t1."id"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: DateTime, list: false, nullable: false, items_nullable: false }) }
--   ?2 Constant(Int(1000))


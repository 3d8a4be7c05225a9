-- read, flat rows (id: Plain, name: Plain, at: Raw)
SELECT t1."id", t1."name", coalesce(CAST(to_json(t1."at") AS text), 'null')
FROM "events" AS t1
WHERE (t1."at" >= $1::timestamptz)
ORDER BY t1."at", t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: DateTime, list: false, nullable: false, items_nullable: false }) }
--   $2 Constant(Int(1000))


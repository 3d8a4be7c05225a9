-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."name", $3::text, t1."at")
FROM "events" AS t1
WHERE (t1."at" >= $4::timestamptz)
ORDER BY t1."at", t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("name"))
--   $3 Constant(Text("at"))
--   $4 Input { slot: Slot(0), cast: Field(FieldType { scalar: DateTime, list: false, nullable: false, items_nullable: false }) }
--   $5 Constant(Int(1000))


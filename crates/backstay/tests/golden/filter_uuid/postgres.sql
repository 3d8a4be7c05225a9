-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE (t1."isbn" = $2::uuid)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Uuid, list: false, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE (((t1."info" ->> $2::text) COLLATE "C") = $3::text)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("format"))
--   $3 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $4 Constant(Int(1000))


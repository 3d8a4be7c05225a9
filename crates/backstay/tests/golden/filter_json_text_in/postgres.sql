-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (((t1."info" ->> $1::text) COLLATE "C") = ANY ($2::text[]))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("format"))
--   $2 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (NOT ((t1."pages" = $1::int4) OR (t1."genre" = $2::text)))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Enum(EnumId(0)), list: false, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE ((t1."pages" = $1::int4) OR (NOT ((t1."genre" = $2::text)
  AND (t1."rating" > $3::float8))) OR (t1."tags" @> $4::text[]))
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Enum(EnumId(0)), list: false, nullable: true, items_nullable: false }) }
--   $3 Input { slot: Slot(2), cast: Field(FieldType { scalar: Float, list: false, nullable: true, items_nullable: false }) }
--   $4 Input { slot: Slot(3), cast: Field(FieldType { scalar: String, list: true, nullable: true, items_nullable: false }) }
--   $5 Constant(Int(1000))


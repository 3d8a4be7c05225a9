-- read, flat rows (title: Plain)
SELECT CAST(t1."title" AS int4)
FROM "books" AS t1
WHERE (t1."id" = $1::int4)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $2 Constant(Int(1000))


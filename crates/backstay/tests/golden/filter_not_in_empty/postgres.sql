-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (NOT (t1."pages" = ANY ($1::int4[])))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $2 Constant(Int(1000))


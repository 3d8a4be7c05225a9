-- read, JSON rows
SELECT json_build_object($1::text, CAST(t1."title" AS int4))
FROM "books" AS t1
WHERE (t1."id" = $2::int4)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("title"))
--   $2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $3 Constant(Int(1000))


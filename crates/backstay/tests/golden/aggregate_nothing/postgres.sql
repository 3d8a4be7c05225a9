-- read, JSON rows
SELECT json_build_object($1::text, sum(t1."pages"), $2::text, count(*))
FROM "books" AS t1
WHERE (t1."id" = $3::int4)
LIMIT $4::int8;
--   $1 Constant(Text("sum"))
--   $2 Constant(Text("count"))
--   $3 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $4 Constant(Int(1000))


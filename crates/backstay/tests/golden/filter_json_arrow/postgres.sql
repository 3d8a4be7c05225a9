-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (((t1."info" -> $1::text) -> $2::text) > $3::jsonb)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("size"))
--   $2 Constant(Text("w"))
--   $3 Input { slot: Slot(0), cast: Json }
--   $4 Constant(Int(1000))


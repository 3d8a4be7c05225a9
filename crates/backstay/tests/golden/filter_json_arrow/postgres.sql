-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE (((t1."info" -> $2::text) -> $3::text) > $4::jsonb)
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("size"))
--   $3 Constant(Text("w"))
--   $4 Input { slot: Slot(0), cast: Json }
--   $5 Constant(Int(1000))


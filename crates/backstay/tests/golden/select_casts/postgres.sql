-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (CAST(t1."pages" AS text) COLLATE "C"), $3::text, (CAST(t1."rating" AS text) COLLATE "C"), $4::text, (CAST(t1."price" AS text) COLLATE "C"), $5::text, (CAST(t1."inPrint" AS text) COLLATE "C"), $6::text, ((to_json(t1."addedAt") #>> '{}') COLLATE "C"), $7::text, t1."title", $4::text, CAST(t1."price" AS int4), $8::text, ((t1."info" ->> $8::text) COLLATE "C"))
FROM "books" AS t1
WHERE (t1."id" = ANY ($9::int4[]))
ORDER BY t1."id"
LIMIT $10::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("pages"))
--   $3 Constant(Text("rating"))
--   $4 Constant(Text("price"))
--   $5 Constant(Text("inPrint"))
--   $6 Constant(Text("addedAt"))
--   $7 Constant(Text("title"))
--   $8 Constant(Text("format"))
--   $9 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $10 Constant(Int(1000))


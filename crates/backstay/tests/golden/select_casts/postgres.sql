-- read, flat rows (id: Plain, pages: Plain, rating: Plain, price: Plain, inPrint: Plain, addedAt: Plain, title: Plain, price: Plain, format: Plain)
SELECT t1."id", (CAST(t1."pages" AS text) COLLATE "C"), (CAST(t1."rating" AS text) COLLATE "C"), (CAST(t1."price" AS text) COLLATE "C"), (CAST(t1."inPrint" AS text) COLLATE "C"), ((to_json(t1."addedAt") #>> '{}') COLLATE "C"), t1."title", CAST(t1."price" AS int4), ((t1."info" ->> $1::text) COLLATE "C")
FROM "books" AS t1
WHERE (t1."id" = ANY ($2::int4[]))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("format"))
--   $2 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $3 Constant(Int(1000))


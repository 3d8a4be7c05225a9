-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t2."name")
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON ((t2."id" = t1."authorId")
  AND (t2."country" = $3::text))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("author"))
--   $3 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $4 Constant(Int(1000))


-- read, flat rows (id: Plain, author: Plain)
SELECT t1."id", t2."name"
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON ((t2."id" = t1."authorId")
  AND (t2."country" = $1::text))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $2 Constant(Int(1000))


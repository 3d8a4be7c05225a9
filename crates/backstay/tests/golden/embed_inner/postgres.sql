-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (
  SELECT json_build_object($3::text, t3."name")
  FROM "authors" AS t3
  WHERE ((t3."id" = t1."authorId")
    AND (t3."country" = $4::text))
  LIMIT 1
))
FROM "books" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "authors" AS t2
  WHERE ((t2."id" = t1."authorId")
    AND (t2."country" = $4::text))
)
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("author"))
--   $3 Constant(Text("name"))
--   $4 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $5 Constant(Int(1000))


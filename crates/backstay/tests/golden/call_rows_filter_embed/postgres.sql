-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (
  SELECT json_build_object($3::text, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
))
FROM (
  SELECT *
  FROM books
  WHERE pages >= $4::int4 AND genre = $5::text

) AS t1
WHERE (t1."rating" < $6::float8)
LIMIT $7::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("author"))
--   $3 Constant(Text("name"))
--   $4 Input { slot: Slot(1), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   $5 Input { slot: Slot(2), cast: Argument { ty: FieldType { scalar: String, list: false, nullable: true, items_nullable: false }, default: Some("\"novel\"") } }
--   $6 Input { slot: Slot(0), cast: Field(FieldType { scalar: Float, list: false, nullable: true, items_nullable: false }) }
--   $7 Constant(Int(1000))


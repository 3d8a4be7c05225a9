-- read, flat rows (id: Raw, author: Raw)
SELECT coalesce(CAST(to_json(t1."id") AS text), 'null'), coalesce(CAST((
  SELECT (($1::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}')
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
) AS text), 'null')
FROM (
  SELECT *
  FROM books
  WHERE pages >= $2::int4 AND genre = $3::text

) AS t1
WHERE (t1."rating" < $4::float8)
LIMIT $5::int8;
--   $1 Constant(Text("{\"name\":"))
--   $2 Input { slot: Slot(1), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   $3 Input { slot: Slot(2), cast: Argument { ty: FieldType { scalar: String, list: false, nullable: true, items_nullable: false }, default: Some("\"novel\"") } }
--   $4 Input { slot: Slot(0), cast: Field(FieldType { scalar: Float, list: false, nullable: true, items_nullable: false }) }
--   $5 Constant(Int(1000))


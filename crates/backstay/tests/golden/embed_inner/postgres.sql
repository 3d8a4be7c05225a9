-- read, flat rows (id: Plain, author: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT (($1::text || coalesce(CAST(to_json(t3."name") AS text), 'null')) || '}')
  FROM "authors" AS t3
  WHERE ((t3."id" = t1."authorId")
    AND (t3."country" = $2::text))
  LIMIT 1
) AS text), 'null')
FROM "books" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "authors" AS t2
  WHERE ((t2."id" = t1."authorId")
    AND (t2."country" = $2::text))
)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("{\"name\":"))
--   $2 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


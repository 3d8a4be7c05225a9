-- read, flat rows (id: Raw, title: Raw)
SELECT coalesce(CAST(to_json(t1."id") AS text), 'null'), coalesce(CAST(to_json(t1."title") AS text), 'null')
FROM (
  SELECT *
  FROM books
  WHERE pages >= $1::int4 AND genre = $2::text

) AS t1
ORDER BY t1."id" DESC
LIMIT $3::int8;
--   $1 Input { slot: Slot(0), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   $2 Constant(Text("novel"))
--   $3 Constant(Int(1000))


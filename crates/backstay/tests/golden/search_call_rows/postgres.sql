-- read, flat rows (id: Raw)
SELECT coalesce(CAST(to_json(t1."id") AS text), 'null')
FROM (
  SELECT *
  FROM books
  WHERE pages >= $1::int4 AND genre = $2::text

) AS t1
WHERE (to_tsvector('english', t1."title") @@ plainto_tsquery('english', $3::text))
LIMIT $4::int8;
--   $1 Input { slot: Slot(1), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   $2 Constant(Text("novel"))
--   $3 Input { slot: Slot(0), cast: SearchText(Plain) }
--   $4 Constant(Int(1000))


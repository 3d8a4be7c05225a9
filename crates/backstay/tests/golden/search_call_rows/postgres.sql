-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM (
  SELECT *
  FROM books
  WHERE pages >= $2::int4 AND genre = $3::text

) AS t1
WHERE (to_tsvector('english', t1."title") @@ plainto_tsquery('english', $4::text))
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Input { slot: Slot(1), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   $3 Constant(Text("novel"))
--   $4 Input { slot: Slot(0), cast: SearchText(Plain) }
--   $5 Constant(Int(1000))


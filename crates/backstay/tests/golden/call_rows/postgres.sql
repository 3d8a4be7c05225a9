-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."title")
FROM (
  SELECT *
  FROM books
  WHERE pages >= $3::int4 AND genre = $4::text

) AS t1
ORDER BY t1."id" DESC
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("title"))
--   $3 Input { slot: Slot(0), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   $4 Constant(Text("novel"))
--   $5 Constant(Int(1000))


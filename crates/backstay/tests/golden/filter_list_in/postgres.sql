-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (bool_or((to_jsonb(t1."scores") = CAST(t2."value" AS jsonb))) = TRUE) THEN TRUE WHEN (count(*) = count((to_jsonb(t1."scores") = CAST(t2."value" AS jsonb)))) THEN FALSE END
  FROM unnest($2::text[]) AS t2(value)
)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: true, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (bool_or((to_jsonb(t1."scores") = CAST(t2."value" AS jsonb))) = TRUE) THEN TRUE WHEN (count(*) = count((to_jsonb(t1."scores") = CAST(t2."value" AS jsonb)))) THEN FALSE END
  FROM unnest($1::text[]) AS t2(value)
)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: true, nullable: true, items_nullable: false }) }
--   $2 Constant(Int(1000))


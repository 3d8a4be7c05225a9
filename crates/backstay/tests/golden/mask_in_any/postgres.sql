-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "reviews" AS t1
WHERE (((t1."hidden" = FALSE) OR (t1."userId" = $1::text))
  AND (
  SELECT CASE WHEN (bool_or((CASE WHEN (t1."userId" = $1::text) THEN t1."note" END = t2."value")) = TRUE) THEN TRUE WHEN (count(*) = count((CASE WHEN (t1."userId" = $1::text) THEN t1."note" END = t2."value"))) THEN FALSE END
  FROM unnest($2::text[]) AS t2(value)
))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


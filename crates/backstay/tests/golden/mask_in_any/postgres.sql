-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "reviews" AS t1
WHERE (((t1."hidden" = FALSE) OR (t1."userId" = $2::text))
  AND (
  SELECT CASE WHEN (bool_or((CASE WHEN (t1."userId" = $2::text) THEN t1."note" END = t2."value")) = TRUE) THEN TRUE WHEN (count(*) = count((CASE WHEN (t1."userId" = $2::text) THEN t1."note" END = t2."value"))) THEN FALSE END
  FROM unnest($3::text[]) AS t2(value)
))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   $4 Constant(Int(1000))


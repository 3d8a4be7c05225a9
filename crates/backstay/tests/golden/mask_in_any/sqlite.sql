-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "reviews" AS t1
WHERE (((t1."hidden" = 0) OR (t1."userId" = ?1))
  AND (
  SELECT CASE WHEN (max((CASE WHEN (t1."userId" = ?1) THEN t1."note" END = t2."value")) = 1) THEN 1 WHEN (count(*) = count((CASE WHEN (t1."userId" = ?1) THEN t1."note" END = t2."value"))) THEN 0 END
  FROM json_each(?2) AS t2
))
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?3 Constant(Int(1000))


-- change, answers keys and the check, for each row
UPDATE "reviews"
SET "stars" = ?1
WHERE ((("reviews"."userId" = ?2)
  AND (("reviews"."hidden" = 0) OR ("reviews"."userId" = ?2)))
  AND ("reviews"."id" IN (
  SELECT t1."value"
  FROM json_each(?3) AS t1
)))
RETURNING json_array("reviews"."id"), ("reviews"."userId" = ?2);
--   ?1 Cell(0)
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: ListOf(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, note: Plain, stars: Plain)
SELECT t2."id", CASE WHEN (t2."userId" = ?1) THEN t2."note" END, t2."stars"
FROM json_each(?2) AS t3
JOIN "reviews" AS t2 ON (t2."id" = "->>"(t3."value", 0))
WHERE ((t2."hidden" = 0) OR (t2."userId" = ?1))
ORDER BY t3."key";
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Keys


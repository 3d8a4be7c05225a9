-- refuse if there is a row
SELECT 1
FROM "reviews" AS t1
WHERE (((t1."userId" = ?1)
  AND ((t1."hidden" = 0) OR (t1."userId" = ?1)))
  AND (t1."id" = ?2)
  AND (((t1."userId" = ?1)
  AND (t1."userId" = ?1)) IS NOT TRUE));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- change, answers keys, for each row
UPDATE "reviews"
SET "note" = ?1
WHERE ((("reviews"."userId" = ?2)
  AND (("reviews"."hidden" = 0) OR ("reviews"."userId" = ?2)))
  AND ("reviews"."id" = ?3))
RETURNING json_array("reviews"."id");
--   ?1 Cell(0)
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, bookId: Plain, userId: Plain, stars: Plain, body: Plain, hidden: Bool, note: Plain)
SELECT t2."id", t2."bookId", t2."userId", t2."stars", t2."body", t2."hidden", CASE WHEN (t2."userId" = ?1) THEN t2."note" END
FROM json_each(?2) AS t3
JOIN "reviews" AS t2 ON (t2."id" = "->>"(t3."value", 0))
WHERE ((t2."hidden" = 0) OR (t2."userId" = ?1))
ORDER BY t3."key";
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Keys


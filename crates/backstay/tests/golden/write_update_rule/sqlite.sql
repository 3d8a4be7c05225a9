-- change, answers keys and the check, for each row
UPDATE "reviews"
SET "stars" = ?1
WHERE ((("reviews"."userId" = ?2)
  AND (("reviews"."hidden" = 0) OR ("reviews"."userId" = ?2)))
  AND ("reviews"."stars" > ?3))
RETURNING json_array("reviews"."id"), ("reviews"."userId" = ?2);
--   ?1 Cell(0)
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, bookId: Plain, userId: Plain, stars: Plain, body: Plain, hidden: Bool, note: Plain)
SELECT t1."id", t1."bookId", t1."userId", t1."stars", t1."body", t1."hidden", CASE WHEN (t1."userId" = ?1) THEN t1."note" END
FROM json_each(?2) AS t2
JOIN "reviews" AS t1 ON (t1."id" = "->>"(t2."value", 0))
WHERE ((t1."hidden" = 0) OR (t1."userId" = ?1))
ORDER BY t2."key";
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Keys


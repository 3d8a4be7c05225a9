-- select the keys
SELECT json_group_array(json_array(t1."id"))
FROM "reviews" AS t1
WHERE (((t1."userId" = ?1)
  AND ((t1."hidden" = 0) OR (t1."userId" = ?1)))
  AND (t1."stars" > ?2));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, bookId: Plain, userId: Plain, stars: Plain, body: Plain, hidden: Bool, note: Plain)
SELECT t2."id", t2."bookId", t2."userId", t2."stars", t2."body", t2."hidden", CASE WHEN (t2."userId" = ?1) THEN t2."note" END
FROM json_each(?2) AS t3
JOIN "reviews" AS t2 ON (t2."id" = "->>"(t3."value", 0))
WHERE ((t2."hidden" = 0) OR (t2."userId" = ?1))
ORDER BY t3."key";
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Keys

-- change, answers nothing
DELETE
FROM "reviews"
WHERE ("reviews"."id" IN (
  SELECT "->>"(t4."value", 0)
  FROM json_each(?1) AS t4
));
--   ?1 Keys


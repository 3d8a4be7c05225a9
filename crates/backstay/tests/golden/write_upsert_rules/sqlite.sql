-- refuse if there is a row, for each row
SELECT 1
FROM "reviews" AS t1
WHERE ((t1."id" = ?1)
  AND (((t1."userId" = ?2) IS NOT TRUE) OR ((?3 = ?2) IS NOT TRUE)));
--   ?1 Cell(0)
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Cell(2)

-- count conflicts, for each row
SELECT count(*)
FROM "reviews" AS t2
WHERE (t2."id" = ?1);
--   ?1 Cell(0)

-- refuse a collision if there is a row, for each row
SELECT 1
WHERE ((?1 = ?2) IS NOT TRUE);
--   ?1 Cell(2)
--   ?2 Session { session: Uid, ty: String, list: false }

-- insert, answers keys and the check, for each row
INSERT INTO "reviews" ("id", "bookId", "userId", "stars", "hidden")
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT ("id") DO UPDATE
SET "bookId" = excluded."bookId", "userId" = excluded."userId", "stars" = excluded."stars"
RETURNING json_array("reviews"."id"), ("reviews"."userId" = ?6);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Session { session: Uid, ty: String, list: false }

-- read, flat rows (id: Plain, bookId: Plain, userId: Plain, stars: Plain, body: Plain, hidden: Bool, note: Plain)
SELECT t3."id", t3."bookId", t3."userId", t3."stars", t3."body", t3."hidden", CASE WHEN (t3."userId" = ?1) THEN t3."note" END
FROM json_each(?2) AS t4
JOIN "reviews" AS t3 ON (t3."id" = "->>"(t4."value", 0))
WHERE ((t3."hidden" = 0) OR (t3."userId" = ?1))
ORDER BY t4."key";
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Keys


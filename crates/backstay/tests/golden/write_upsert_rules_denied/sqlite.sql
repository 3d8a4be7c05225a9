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


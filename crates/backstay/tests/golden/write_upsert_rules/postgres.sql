-- refuse if there is a row, for each row
SELECT 1
FROM "reviews" AS t1
WHERE ((t1."id" = $1::int4)
  AND (((t1."userId" = $2::text) IS NOT TRUE) OR (($3::text = $2::text) IS NOT TRUE)));
--   $1 Cell(0)
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Cell(2)

-- count conflicts, for each row
SELECT count(*)
FROM "reviews" AS t2
WHERE (t2."id" = $1::int4);
--   $1 Cell(0)

-- refuse a collision if there is a row, for each row
SELECT 1
WHERE (($1::text = $2::text) IS NOT TRUE);
--   $1 Cell(2)
--   $2 Session { session: Uid, ty: String, list: false }

-- insert, answers keys and the check, for each row
INSERT INTO "reviews" ("id", "bookId", "userId", "stars", "hidden")
VALUES (bs_counted($1::text, $2::text, $3::int4), $4::int4, $5::text, $6::int4, $7::bool)
ON CONFLICT ("id") DO UPDATE
SET "bookId" = excluded."bookId", "userId" = excluded."userId", "stars" = excluded."stars"
RETURNING (('[' || coalesce(CAST("reviews"."id" AS text), 'null')) || ']'), ("reviews"."userId" = $8::text);
--   $1 Constant(Text("reviews"))
--   $2 Constant(Text("id"))
--   $3 Cell(0)
--   $4 Cell(1)
--   $5 Cell(2)
--   $6 Cell(3)
--   $7 Cell(4)
--   $8 Session { session: Uid, ty: String, list: false }

-- read, flat rows (id: Plain, bookId: Plain, userId: Plain, stars: Plain, body: Plain, hidden: Bool, note: Plain)
SELECT t3."id", t3."bookId", t3."userId", t3."stars", t3."body", t3."hidden", CASE WHEN (t3."userId" = $1::text) THEN t3."note" END
FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t4(value, key)
JOIN "reviews" AS t3 ON (t3."id" = CAST((t4."value" ->> 0) AS int4))
WHERE ((t3."hidden" = FALSE) OR (t3."userId" = $1::text))
ORDER BY t4."key";
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Keys


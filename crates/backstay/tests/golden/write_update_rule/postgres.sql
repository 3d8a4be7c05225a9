-- change, answers keys and the check, for each row
UPDATE "reviews"
SET "stars" = $1::int4
WHERE ((("reviews"."userId" = $2::text)
  AND (("reviews"."hidden" = FALSE) OR ("reviews"."userId" = $2::text)))
  AND ("reviews"."stars" > $3::int4))
RETURNING (('[' || coalesce(CAST("reviews"."id" AS text), 'null')) || ']'), ("reviews"."userId" = $2::text);
--   $1 Cell(0)
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, bookId: Plain, userId: Plain, stars: Plain, body: Plain, hidden: Bool, note: Plain)
SELECT t1."id", t1."bookId", t1."userId", t1."stars", t1."body", t1."hidden", CASE WHEN (t1."userId" = $1::text) THEN t1."note" END
FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "reviews" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
WHERE ((t1."hidden" = FALSE) OR (t1."userId" = $1::text))
ORDER BY t2."key";
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Keys


-- refuse if there is a row
SELECT 1
FROM "reviews" AS t1
WHERE (((t1."userId" = $1::text)
  AND ((t1."hidden" = FALSE) OR (t1."userId" = $1::text)))
  AND (t1."id" = $2::int4)
  AND (((t1."userId" = $1::text)
  AND (t1."userId" = $1::text)) IS NOT TRUE));
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- change, answers keys, for each row
UPDATE "reviews"
SET "note" = $1::text
WHERE ((("reviews"."userId" = $2::text)
  AND (("reviews"."hidden" = FALSE) OR ("reviews"."userId" = $2::text)))
  AND ("reviews"."id" = $3::int4))
RETURNING (('[' || coalesce(CAST("reviews"."id" AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, bookId: Plain, userId: Plain, stars: Plain, body: Plain, hidden: Bool, note: Plain)
SELECT t2."id", t2."bookId", t2."userId", t2."stars", t2."body", t2."hidden", CASE WHEN (t2."userId" = $1::text) THEN t2."note" END
FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "reviews" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
WHERE ((t2."hidden" = FALSE) OR (t2."userId" = $1::text))
ORDER BY t3."key";
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Keys


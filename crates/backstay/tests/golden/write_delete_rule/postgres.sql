-- select the keys
SELECT coalesce('[' || string_agg((('[' || coalesce(CAST(t1."id" AS text), 'null')) || ']'), ',') || ']', '[]')
FROM "reviews" AS t1
WHERE (((t1."userId" = $1::text)
  AND ((t1."hidden" = FALSE) OR (t1."userId" = $1::text)))
  AND (t1."stars" > $2::int4));
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, bookId: Plain, userId: Plain, stars: Plain, body: Plain, hidden: Bool, note: Plain)
SELECT t2."id", t2."bookId", t2."userId", t2."stars", t2."body", t2."hidden", CASE WHEN (t2."userId" = $1::text) THEN t2."note" END
FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "reviews" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
WHERE ((t2."hidden" = FALSE) OR (t2."userId" = $1::text))
ORDER BY t3."key";
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Keys

-- change, answers nothing
DELETE
FROM "reviews"
WHERE ("reviews"."id" IN (
  SELECT CAST((t4."value" ->> 0) AS int4)
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t4(value, key)
));
--   $1 Keys


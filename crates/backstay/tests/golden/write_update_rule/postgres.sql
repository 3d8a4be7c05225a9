-- change, answers keys and the check, for each row
UPDATE "reviews"
SET "stars" = $1::int4
WHERE ((("reviews"."userId" = $2::text)
  AND (("reviews"."hidden" = FALSE) OR ("reviews"."userId" = $2::text)))
  AND ("reviews"."stars" > $3::int4))
RETURNING json_build_array("reviews"."id"), ("reviews"."userId" = $2::text);
--   $1 Cell(0)
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."bookId", $3::text, t1."userId", $4::text, t1."stars", $5::text, t1."body", $6::text, t1."hidden", $7::text, CASE WHEN (t1."userId" = $8::text) THEN t1."note" END)
FROM jsonb_array_elements($9::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "reviews" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
WHERE ((t1."hidden" = FALSE) OR (t1."userId" = $8::text))
ORDER BY t2."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("bookId"))
--   $3 Constant(Text("userId"))
--   $4 Constant(Text("stars"))
--   $5 Constant(Text("body"))
--   $6 Constant(Text("hidden"))
--   $7 Constant(Text("note"))
--   $8 Session { session: Uid, ty: String, list: false }
--   $9 Keys


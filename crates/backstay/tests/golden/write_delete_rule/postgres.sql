-- select the keys
SELECT coalesce(json_agg(json_build_array(t1."id")), '[]'::json)
FROM "reviews" AS t1
WHERE (((t1."userId" = $1::text)
  AND ((t1."hidden" = FALSE) OR (t1."userId" = $1::text)))
  AND (t1."stars" > $2::int4));
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t2."id", $2::text, t2."bookId", $3::text, t2."userId", $4::text, t2."stars", $5::text, t2."body", $6::text, t2."hidden", $7::text, CASE WHEN (t2."userId" = $8::text) THEN t2."note" END)
FROM jsonb_array_elements($9::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "reviews" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
WHERE ((t2."hidden" = FALSE) OR (t2."userId" = $8::text))
ORDER BY t3."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("bookId"))
--   $3 Constant(Text("userId"))
--   $4 Constant(Text("stars"))
--   $5 Constant(Text("body"))
--   $6 Constant(Text("hidden"))
--   $7 Constant(Text("note"))
--   $8 Session { session: Uid, ty: String, list: false }
--   $9 Keys

-- change, answers nothing
DELETE
FROM "reviews"
WHERE ("reviews"."id" IN (
  SELECT CAST((t4."value" ->> 0) AS int4)
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t4(value, key)
));
--   $1 Keys


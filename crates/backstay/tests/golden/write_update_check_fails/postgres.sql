-- change, answers the check, for each row
UPDATE "reviews"
SET "userId" = $1::text
WHERE ((("reviews"."userId" = $2::text)
  AND (("reviews"."hidden" = FALSE) OR ("reviews"."userId" = $2::text)))
  AND ("reviews"."id" = $3::int4))
RETURNING ("reviews"."userId" = $2::text);
--   $1 Cell(0)
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }


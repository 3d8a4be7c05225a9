-- refuse a collision if there is a row, for each row
SELECT 1
FROM "reviews" AS t1
WHERE (((t1."userId" = $1::text)
  AND ((t1."hidden" = FALSE) OR (t1."userId" = $1::text)))
  AND (t1."id" = $2::int4)
  AND (($3::text = $1::text) IS NOT TRUE));
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $3 Cell(1)

-- change, answers the check, for each row
UPDATE "reviews"
SET "bookId" = $1::int4, "userId" = $2::text
WHERE ((("reviews"."userId" = $3::text)
  AND (("reviews"."hidden" = FALSE) OR ("reviews"."userId" = $3::text)))
  AND ("reviews"."id" = $4::int4))
RETURNING ("reviews"."userId" = $3::text);
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }


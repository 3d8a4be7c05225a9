-- change, answers nothing
UPDATE "loans"
SET "returnedAt" = $1::timestamptz, "updatedAt" = $1::timestamptz
WHERE ((("loans"."memberId" = $2::text)
  AND (("loans"."returnedAt" IS NULL)
  AND ("loans"."memberId" = $2::text)))
  AND ("loans"."id" = $3::int4)
  AND ("loans"."returnedAt" IS NULL));
--   $1 Now
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }


-- refuse if there is a row, for each row
SELECT 1
FROM "loans" AS t1
WHERE (((t1."memberId" = $1::text)
  AND ((t1."returnedAt" IS NULL)
  AND (t1."memberId" = $1::text)))
  AND (t1."id" = $2::int4)
  AND (((t1."memberId" = t1."memberId")
  AND ($3::int4 >= t1."renewals")) IS NOT TRUE));
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $3 Cell(0)

-- change, answers nothing, for each row
UPDATE "loans"
SET "renewals" = $1::int4, "updatedAt" = $2::timestamptz
WHERE ((("loans"."memberId" = $3::text)
  AND (("loans"."returnedAt" IS NULL)
  AND ("loans"."memberId" = $3::text)))
  AND ("loans"."id" = $4::int4));
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }


-- refuse if there was a row and is none at the end
SELECT 1
FROM "learners" AS t1
WHERE ((t1."role" = $1::text) AND EXISTS (
  SELECT 1
  FROM "auth_users" AS t2
  WHERE ((t2."id" = bs_uuid(t1."id"))
    AND (t2."deleted_at" IS NULL)
    AND ((t2."banned_until" IS NULL) OR (t2."banned_until" <= $2::timestamptz)))
));
--   $1 ProtectedRole
--   $2 Now

-- change, answers keys, for each row
UPDATE "learners"
SET "role" = $1::text, "updatedAt" = $2::timestamptz
WHERE ("learners"."id" = $3::text)
RETURNING (('[' || coalesce(CAST(to_json("learners"."id") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }


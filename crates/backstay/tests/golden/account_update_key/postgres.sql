-- refuse if there is a row, for each row
SELECT 1
FROM "learners" AS t1
WHERE ((t1."id" = $1::text)
  AND ((t1."id" IS DISTINCT FROM $2::text)));
--   $1 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }
--   $2 Cell(0)

-- change, answers keys, for each row
UPDATE "learners"
SET "id" = $1::text, "updatedAt" = $2::timestamptz
WHERE ("learners"."id" = $3::text)
RETURNING (('[' || coalesce(CAST(to_json("learners"."id") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }


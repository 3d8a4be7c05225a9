-- change, answers nothing, for each row
UPDATE "learners"
SET "name" = $1::text, "updatedAt" = $2::timestamptz
WHERE ("learners"."id" = $3::text);
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }


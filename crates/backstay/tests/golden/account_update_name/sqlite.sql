-- change, answers nothing, for each row
UPDATE "learners"
SET "name" = ?1, "updatedAt" = ?2
WHERE ("learners"."id" = ?3);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }


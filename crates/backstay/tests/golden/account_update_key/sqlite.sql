-- refuse if there is a row, for each row
SELECT 1
FROM "learners" AS t1
WHERE ((t1."id" = ?1)
  AND ((t1."id" IS NOT ?2)));
--   ?1 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }
--   ?2 Cell(0)

-- change, answers keys, for each row
UPDATE "learners"
SET "id" = ?1, "updatedAt" = ?2
WHERE ("learners"."id" = ?3)
RETURNING json_array("learners"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }


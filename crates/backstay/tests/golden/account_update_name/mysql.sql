-- change, answers nothing, for each row
UPDATE `learners`
SET `name` = ?, `updatedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6))
WHERE (`learners`.`id` = ?);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }


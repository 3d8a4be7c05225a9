-- change, answers nothing, for each row
UPDATE `books`
SET `pages` = ?
WHERE (`books`.`id` = ?);
--   ?1 Cell(0)
--   ?2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }


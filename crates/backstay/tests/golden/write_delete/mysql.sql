-- change, answers nothing
DELETE
FROM `settings`
WHERE (`settings`.`key` = ?);
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }


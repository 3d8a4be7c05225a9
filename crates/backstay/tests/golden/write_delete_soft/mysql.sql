-- change, answers nothing
UPDATE `loans`
SET `returnedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6)), `updatedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6))
WHERE (((`loans`.`memberId` = ?)
  AND ((`loans`.`returnedAt` IS NULL)
  AND (`loans`.`memberId` = ?)))
  AND (`loans`.`id` = ?)
  AND (`loans`.`returnedAt` IS NULL));
--   ?1 Now
--   ?2 Now
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Session { session: Uid, ty: String, list: false }
--   ?5 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }


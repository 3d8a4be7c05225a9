-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `loans` AS t1
WHERE (((t1.`memberId` = ?)
  AND ((t1.`returnedAt` IS NULL)
  AND (t1.`memberId` = ?)))
  AND (t1.`id` = ?)) FOR UPDATE;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- refuse if there is a row, for each row
SELECT 1
FROM `loans` AS t3
WHERE (((t3.`memberId` = ?)
  AND ((t3.`returnedAt` IS NULL)
  AND (t3.`memberId` = ?)))
  AND (t3.`id` = ?)
  AND (((t3.`memberId` = t3.`memberId`)
  AND (? >= t3.`renewals`)) IS NOT TRUE));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?4 Cell(0)

-- change, answers nothing, for each row
UPDATE `loans`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON (`loans`.`id` = CAST(json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) AS SIGNED))
SET `loans`.`renewals` = ?, `loans`.`updatedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6));
--   ?1 Keys
--   ?2 Cell(0)
--   ?3 Cell(1)


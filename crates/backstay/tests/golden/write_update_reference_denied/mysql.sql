-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `reviews` AS t1
WHERE (((t1.`userId` = ?)
  AND ((t1.`hidden` = FALSE) OR (t1.`userId` = ?)))
  AND (t1.`id` = ?)) FOR UPDATE;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- refuse a collision if there is a row, for each row
SELECT 1
FROM `reviews` AS t3
WHERE (((t3.`userId` = ?)
  AND ((t3.`hidden` = FALSE) OR (t3.`userId` = ?)))
  AND (t3.`id` = ?)
  AND ((? = ?) IS NOT TRUE));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?4 Cell(1)
--   ?5 Session { session: Uid, ty: String, list: false }

-- change, answers nothing, for each row
UPDATE `reviews`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON (`reviews`.`id` = CAST(json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) AS SIGNED))
SET `reviews`.`bookId` = ?, `reviews`.`userId` = ?;
--   ?1 Keys
--   ?2 Cell(0)
--   ?3 Cell(1)

-- refuse if there is a row
SELECT 1
FROM `reviews` AS t4
WHERE ((t4.`id` IN (
  SELECT CAST(json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null')) AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
))
  AND ((t4.`userId` = ?) IS NOT TRUE));
--   ?1 Keys
--   ?2 Session { session: Uid, ty: String, list: false }


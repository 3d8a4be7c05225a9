-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(json_quote(t1.`id`), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `learners` AS t1
WHERE (t1.`id` = ?) FOR UPDATE;
--   ?1 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- refuse if there is a row, for each row
SELECT 1
FROM `learners` AS t3
WHERE ((t3.`id` = ?)
  AND ((NOT (t3.`id` <=> ?))));
--   ?1 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }
--   ?2 Cell(0)

-- change, answers nothing, for each row
UPDATE `learners`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON (`learners`.`id` = (json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
SET `learners`.`id` = ?, `learners`.`updatedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6));
--   ?1 Keys
--   ?2 Cell(0)
--   ?3 Cell(1)

-- select the keys, for each row
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(json_quote(?), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4;
--   ?1 Cell(0)
--   ?2 Keys


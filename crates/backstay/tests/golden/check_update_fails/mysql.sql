-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t2.`id`, 'null'), ',', coalesce(t2.`serial`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `notes` AS t2
WHERE (t2.`id` = ?) FOR UPDATE;
--   ?1 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing, for each row
UPDATE `notes`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3 ON ((`notes`.`id` = CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) AS SIGNED))
  AND (`notes`.`serial` = CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[1]')), 'null')) AS SIGNED)))
SET `notes`.`tags` = ?;
--   ?1 Keys
--   ?2 Cell(0)

-- refuse if there is a row
SELECT 1
FROM `notes` AS t4
WHERE (((t4.`id`, t4.`serial`) IN (
  SELECT CAST(json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null')) AS SIGNED), CAST(json_unquote(nullif(concat(json_extract(t5.`json`, '$[1]')), 'null')) AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
))
  AND (((t4.`tags` IS NOT NULL)
  AND (NOT EXISTS (
  SELECT 1
  FROM JSON_TABLE(t4.`tags`, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t6
  WHERE ((((t6.`value` COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */) = ?) IS NOT TRUE) IS NOT TRUE)
))) IS NOT TRUE));
--   ?1 Keys
--   ?2 Constant(Text(""))


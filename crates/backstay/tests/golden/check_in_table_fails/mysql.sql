-- insert, answers keys, for each row
INSERT INTO `notes` (`id`, `serial`, `tags`, `at`)
VALUES (?, ?, ?, CAST(replace(?, '+00:00', '') AS DATETIME(6)));
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)

-- read what was inserted, for each row
SELECT concat('[', coalesce(t2.`id`, 'null'), ',', coalesce(t2.`serial`, 'null'), ']')
FROM `notes` AS t2
WHERE ((t2.`id` = ?)
  AND (t2.`serial` = ?));
--   ?1 Cell(0)
--   ?2 Cell(1)

-- refuse if there is a row
SELECT 1
FROM `notes` AS t3
WHERE (((t3.`id`, t3.`serial`) IN (
  SELECT CAST(json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) AS SIGNED), CAST(json_unquote(nullif(concat(json_extract(t4.`json`, '$[1]')), 'null')) AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4
))
  AND (((t3.`tags` IS NOT NULL)
  AND (NOT EXISTS (
  SELECT 1
  FROM JSON_TABLE(t3.`tags`, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t5
  WHERE ((((t5.`value` COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */) = ?) IS NOT TRUE) IS NOT TRUE)
))) IS NOT TRUE));
--   ?1 Keys
--   ?2 Constant(Text(""))


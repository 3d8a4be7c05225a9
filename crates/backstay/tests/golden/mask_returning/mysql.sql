-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t2.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `reviews` AS t2
WHERE (((t2.`userId` = ?)
  AND ((t2.`hidden` = FALSE) OR (t2.`userId` = ?)))
  AND (t2.`id` IN (
  SELECT CAST(t3.`value` AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t3
))) FOR UPDATE;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: ListOf(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing, for each row
UPDATE `reviews`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4 ON (`reviews`.`id` = CAST(json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) AS SIGNED))
SET `reviews`.`stars` = ?;
--   ?1 Keys
--   ?2 Cell(0)

-- refuse if there is a row
SELECT 1
FROM `reviews` AS t5
WHERE ((t5.`id` IN (
  SELECT CAST(json_unquote(nullif(concat(json_extract(t6.`json`, '$[0]')), 'null')) AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t6
))
  AND ((t5.`userId` = ?) IS NOT TRUE));
--   ?1 Keys
--   ?2 Session { session: Uid, ty: String, list: false }

-- read, JSON rows
SELECT concat(?, coalesce(t7.`id`, 'null'), ?, coalesce(json_quote(CASE WHEN (t7.`userId` = ?) THEN t7.`note` END), 'null'), ?, coalesce(t7.`stars`, 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t8
JOIN `reviews` AS t7 ON (t7.`id` = CAST(json_unquote(nullif(concat(json_extract(t8.`json`, '$[0]')), 'null')) AS SIGNED))
WHERE ((t7.`hidden` = FALSE) OR (t7.`userId` = ?))
ORDER BY t8.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"note\":"))
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Constant(Text(",\"stars\":"))
--   ?5 Keys
--   ?6 Session { session: Uid, ty: String, list: false }


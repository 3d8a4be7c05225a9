-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(json_quote(t1.`key`), 'null'), ',', coalesce(json_quote(t1.`scope`), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `settings` AS t1
WHERE ((t1.`key` = ?)
  AND (t1.`scope` = ?)) FOR UPDATE;
--   ?1 Input { slot: Slot(1), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }
--   ?2 Input { slot: Slot(2), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing, for each row
UPDATE `settings`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON ((`settings`.`key` = (json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
  AND (`settings`.`scope` = (json_unquote(nullif(concat(json_extract(t2.`json`, '$[1]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)))
SET `settings`.`scope` = ?;
--   ?1 Keys
--   ?2 Cell(0)

-- select the keys, for each row
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(json_quote((json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)), 'null'), ',', coalesce(json_quote(?), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3;
--   ?1 Cell(0)
--   ?2 Keys

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t4.`key`), 'null'), ?, coalesce(json_quote(t4.`scope`), 'null'), ?, coalesce(json_quote(t4.`value`), 'null'), ?, coalesce(t4.`revision`, 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
JOIN `settings` AS t4 ON ((t4.`key` = (json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
  AND (t4.`scope` = (json_unquote(nullif(concat(json_extract(t5.`json`, '$[1]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)))
ORDER BY t5.`key`;
--   ?1 Constant(Text("{\"key\":"))
--   ?2 Constant(Text(",\"scope\":"))
--   ?3 Constant(Text(",\"value\":"))
--   ?4 Constant(Text(",\"revision\":"))
--   ?5 Keys


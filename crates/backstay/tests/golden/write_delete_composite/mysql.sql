-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(json_quote(t1.`key`), 'null'), ',', coalesce(json_quote(t1.`scope`), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `settings` AS t1
WHERE (t1.`scope` = ?) FOR UPDATE;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t2.`key`), 'null'), ?, coalesce(json_quote(t2.`scope`), 'null'), ?, coalesce(json_quote(t2.`value`), 'null'), ?, coalesce(t2.`revision`, 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3
JOIN `settings` AS t2 ON ((t2.`key` = (json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
  AND (t2.`scope` = (json_unquote(nullif(concat(json_extract(t3.`json`, '$[1]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)))
ORDER BY t3.`key`;
--   ?1 Constant(Text("{\"key\":"))
--   ?2 Constant(Text(",\"scope\":"))
--   ?3 Constant(Text(",\"value\":"))
--   ?4 Constant(Text(",\"revision\":"))
--   ?5 Keys

-- change, answers nothing
DELETE `settings`
FROM `settings`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4 ON ((`settings`.`key` = (json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
  AND (`settings`.`scope` = (json_unquote(nullif(concat(json_extract(t4.`json`, '$[1]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)));
--   ?1 Keys


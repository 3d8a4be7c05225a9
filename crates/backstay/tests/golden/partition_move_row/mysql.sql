-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ',', coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t1.`at`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `events` AS t1
WHERE (t1.`id` = ?) FOR UPDATE;
--   ?1 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing, for each row
UPDATE `events`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON ((`events`.`id` = CAST(json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) AS SIGNED))
  AND (`events`.`at` = CAST(replace(json_unquote(nullif(concat(json_extract(t2.`json`, '$[1]')), 'null')), '+00:00', '') AS DATETIME(6))))
SET `events`.`at` = CAST(replace(?, '+00:00', '') AS DATETIME(6));
--   ?1 Keys
--   ?2 Cell(0)

-- select the keys, for each row
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) AS SIGNED), 'null'), ',', coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(CAST(replace(?, '+00:00', '') AS DATETIME(6)), '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3;
--   ?1 Cell(0)
--   ?2 Keys

-- read, JSON rows
SELECT concat(?, coalesce(t4.`id`, 'null'), ?, coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t4.`at`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
JOIN `events` AS t4 ON ((t4.`id` = CAST(json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null')) AS SIGNED))
  AND (t4.`at` = CAST(replace(json_unquote(nullif(concat(json_extract(t5.`json`, '$[1]')), 'null')), '+00:00', '') AS DATETIME(6))))
ORDER BY t5.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"at\":"))
--   ?3 Keys


-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `books` AS t1
WHERE (t1.`id` = ?) FOR UPDATE;
--   ?1 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing, for each row
UPDATE `books`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON (`books`.`id` = CAST(json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) AS SIGNED))
SET `books`.`pages` = ?;
--   ?1 Keys
--   ?2 Cell(0)

-- read, JSON rows
SELECT concat(?, coalesce(t3.`id`, 'null'), ?, coalesce(t3.`pages`, 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4
JOIN `books` AS t3 ON (t3.`id` = CAST(json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) AS SIGNED))
ORDER BY t4.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"pages\":"))
--   ?3 Keys


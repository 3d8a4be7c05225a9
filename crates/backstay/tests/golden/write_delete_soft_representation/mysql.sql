-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `loans` AS t1
WHERE ((t1.`returnedAt` IS NULL)
  AND (t1.`id` > ?)
  AND (t1.`returnedAt` IS NULL)) FOR UPDATE;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT concat(?, coalesce(t2.`id`, 'null'), ?, coalesce(json_quote(t2.`memberId`), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3
JOIN `loans` AS t2 ON (t2.`id` = CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) AS SIGNED))
WHERE (t2.`returnedAt` IS NULL)
ORDER BY t3.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"memberId\":"))
--   ?3 Keys

-- change, answers nothing
UPDATE `loans`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4 ON (`loans`.`id` = CAST(json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) AS SIGNED))
SET `loans`.`returnedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6)), `loans`.`updatedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6))
WHERE (`loans`.`returnedAt` IS NULL);
--   ?1 Keys
--   ?2 Now
--   ?3 Now


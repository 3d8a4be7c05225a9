-- insert, answers keys, for each row
INSERT INTO `members` (`name`, `id`)
VALUES (?, ?);
--   ?1 Cell(0)
--   ?2 Cell(1)

-- read what was inserted, for each row
SELECT concat('[', coalesce(t1.`id`, 'null'), ']')
FROM `members` AS t1
WHERE (t1.`id` = coalesce(?, last_insert_id()));
--   ?1 Cell(1)

-- read, JSON rows
SELECT concat(?, coalesce(t2.`id`, 'null'), ?, coalesce(json_quote(t2.`name`), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3
JOIN `members` AS t2 ON (t2.`id` = CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) AS SIGNED))
ORDER BY t3.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"name\":"))
--   ?3 Keys


-- count conflicts, for each row
SELECT count(*)
FROM `publishers` AS t1
WHERE (t1.`name` = ?);
--   ?1 Cell(1)

-- change what is there, or else, for each row
UPDATE `publishers`
SET `id` = ?, `city` = ?
WHERE (`publishers`.`name` = ?);
--   ?1 Cell(0)
--   ?2 Cell(2)
--   ?3 Cell(1)

-- read what was changed, for each row
SELECT concat('[', coalesce(t3.`id`, 'null'), ']')
FROM `publishers` AS t3
WHERE (t3.`name` = ?);
--   ?1 Cell(1)

-- insert, answers keys, for each row
INSERT INTO `publishers` (`id`, `name`, `city`) SELECT ?, ?, ?
FROM DUAL
WHERE NOT EXISTS (
  SELECT 1
  FROM `publishers` AS t2
  WHERE (t2.`name` = ?)
);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(1)

-- read what was inserted, for each row
SELECT concat('[', coalesce(t4.`id`, 'null'), ']')
FROM `publishers` AS t4
WHERE (t4.`id` = ?);
--   ?1 Cell(0)

-- read, JSON rows
SELECT concat(?, coalesce(t5.`id`, 'null'), ?, coalesce(json_quote(t5.`name`), 'null'), ?, coalesce(json_quote(t5.`city`), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t6
JOIN `publishers` AS t5 ON (t5.`id` = CAST(json_unquote(nullif(concat(json_extract(t6.`json`, '$[0]')), 'null')) AS SIGNED))
ORDER BY t6.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"name\":"))
--   ?3 Constant(Text(",\"city\":"))
--   ?4 Keys


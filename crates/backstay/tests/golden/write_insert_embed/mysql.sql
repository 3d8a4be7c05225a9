-- insert, answers keys, for each row
INSERT INTO `books` (`title`, `authorId`, `id`, `inPrint`)
VALUES (?, ?, ?, ?);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)

-- read what was inserted, for each row
SELECT concat('[', coalesce(t1.`id`, 'null'), ']')
FROM `books` AS t1
WHERE (t1.`id` = coalesce(?, last_insert_id()));
--   ?1 Cell(2)

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t2.`title`), 'null'), ?, coalesce((
  SELECT concat(?, coalesce(json_quote(t4.`name`), 'null'), '}')
  FROM `authors` AS t4
  WHERE (t4.`id` = t2.`authorId`)
  LIMIT 1
), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3
JOIN `books` AS t2 ON (t2.`id` = CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) AS SIGNED))
ORDER BY t3.`key`;
--   ?1 Constant(Text("{\"title\":"))
--   ?2 Constant(Text(",\"author\":"))
--   ?3 Constant(Text("{\"name\":"))
--   ?4 Keys


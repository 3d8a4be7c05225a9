-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `publishers` AS t1
WHERE (t1.`id` = ?) FOR UPDATE;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t2.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(json_quote(t4.`title`), 'null'), '}') ORDER BY t4.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t4
  WHERE (t4.`publisherId` = t2.`id`)
), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3
JOIN `publishers` AS t2 ON (t2.`id` = CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) AS SIGNED))
ORDER BY t3.`key`;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"title\":"))
--   ?4 Constant(Int(1000))
--   ?5 Keys

-- change, answers nothing
DELETE `publishers`
FROM `publishers`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5 ON (`publishers`.`id` = CAST(json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null')) AS SIGNED));
--   ?1 Keys


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t2.`name`), 'null'), ?, coalesce(CASE WHEN (t2.`id` IS NOT NULL) THEN (
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(json_quote(t3.`title`), 'null'), '}') ORDER BY t3.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t3
  WHERE (t3.`authorId` = t2.`id`)
) END, 'null'), '}')
FROM `books` AS t1
LEFT JOIN `authors` AS t2 ON (t2.`id` = t1.`authorId`)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"author\":"))
--   ?3 Constant(Text(",\"books\":"))
--   ?4 Constant(Text("{\"title\":"))
--   ?5 Constant(Int(1000))
--   ?6 Constant(Int(1000))


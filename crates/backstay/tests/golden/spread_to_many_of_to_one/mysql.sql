-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(json_quote(t2.`title`), 'null') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t2
  LEFT JOIN `publishers` AS t3 ON (t3.`id` = t2.`publisherId`)
  WHERE (t2.`authorId` = t1.`id`)
), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(json_quote(t5.`name`), 'null') ORDER BY t4.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t4
  LEFT JOIN `publishers` AS t5 ON (t5.`id` = t4.`publisherId`)
  WHERE (t4.`authorId` = t1.`id`)
), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"title\":"))
--   ?3 Constant(Int(1000))
--   ?4 Constant(Text(",\"publisher\":"))
--   ?5 Constant(Int(1000))
--   ?6 Constant(Int(1000))


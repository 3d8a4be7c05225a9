-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(json_quote(t2.`title`), 'null') ORDER BY t2.`title`, t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t2
  WHERE (t2.`authorId` = t1.`id`)
), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(t3.`pages`, 'null') ORDER BY t3.`title`, t3.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t3
  WHERE (t3.`authorId` = t1.`id`)
), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(elt(1 + t4.`inPrint`, 'false', 'true'), 'null') ORDER BY t4.`title`, t4.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t4
  WHERE (t4.`authorId` = t1.`id`)
), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(t5.`price` AS DECIMAL(65,30))))), 'null') ORDER BY t5.`title`, t5.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t5
  WHERE (t5.`authorId` = t1.`id`)
), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(t6.`tags`, 'null') ORDER BY t6.`title`, t6.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t6
  WHERE (t6.`authorId` = t1.`id`)
), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"titles\":"))
--   ?3 Constant(Int(1000))
--   ?4 Constant(Text(",\"pages\":"))
--   ?5 Constant(Int(1000))
--   ?6 Constant(Text(",\"inPrint\":"))
--   ?7 Constant(Int(1000))
--   ?8 Constant(Text(",\"price\":"))
--   ?9 Constant(Int(1000))
--   ?10 Constant(Text(",\"tags\":"))
--   ?11 Constant(Int(1000))
--   ?12 Constant(Int(1000))


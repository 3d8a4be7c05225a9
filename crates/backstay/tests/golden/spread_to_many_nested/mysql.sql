-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(json_quote(t2.`title`), 'null') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t2
  WHERE (t2.`publisherId` = t1.`id`)
), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce((
    SELECT coalesce(concat('[', group_concat(coalesce(t6.`stars`, 'null') ORDER BY t6.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
    FROM `reviews` AS t6
    WHERE (t6.`bookId` = t5.`id`)
  ), 'null') ORDER BY t5.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t5
  WHERE (t5.`publisherId` = t1.`id`)
), 'null'), '}')
FROM `publishers` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"title\":"))
--   ?3 Constant(Int(1000))
--   ?4 Constant(Text(",\"stars\":"))
--   ?5 Constant(Int(1000))
--   ?6 Constant(Int(1000))
--   ?7 Constant(Int(1000))


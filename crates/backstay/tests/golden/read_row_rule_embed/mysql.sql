-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(t2.`id`, 'null'), ?, coalesce(json_quote(t2.`userId`), 'null'), '}') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `reviews` AS t2
  WHERE ((t2.`bookId` = t1.`id`)
    AND (t2.`hidden` = FALSE))
), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"reviews\":"))
--   ?3 Constant(Text("{\"id\":"))
--   ?4 Constant(Text(",\"userId\":"))
--   ?5 Constant(Int(1000))
--   ?6 Constant(Int(1000))


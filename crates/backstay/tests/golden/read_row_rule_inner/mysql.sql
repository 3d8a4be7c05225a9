-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(t3.`id`, 'null'), '}') ORDER BY t3.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `reviews` AS t3
  WHERE ((t3.`bookId` = t1.`id`)
    AND (t3.`hidden` = FALSE))
), 'null'), '}')
FROM `books` AS t1
WHERE EXISTS (
  SELECT 1
  FROM `reviews` AS t2
  WHERE ((t2.`bookId` = t1.`id`)
    AND (t2.`hidden` = FALSE))
)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"reviews\":"))
--   ?3 Constant(Text("{\"id\":"))
--   ?4 Constant(Int(1000))
--   ?5 Constant(Int(1000))


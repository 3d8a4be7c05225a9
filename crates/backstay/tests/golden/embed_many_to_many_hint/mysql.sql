-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(json_quote(t2.`name`), 'null'), '}') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `shelves` AS t2
  JOIN `shelf_books` AS t3 ON (t2.`id` = t3.`shelfId`)
  WHERE (t3.`bookId` = t1.`id`)
), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"shelves\":"))
--   ?3 Constant(Text("{\"name\":"))
--   ?4 Constant(Int(1000))
--   ?5 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(json_quote(t2.`title`), 'null') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t2
  JOIN `shelf_books` AS t3 ON (t2.`id` = t3.`bookId`)
  WHERE (t3.`shelfId` = t1.`id`)
), 'null'), '}')
FROM `shelves` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"title\":"))
--   ?3 Constant(Int(1000))
--   ?4 Constant(Int(1000))


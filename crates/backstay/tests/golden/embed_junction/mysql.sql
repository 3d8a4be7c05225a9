-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(t2.`position`, 'null'), ?, coalesce((
    SELECT concat(?, coalesce(json_quote(t3.`title`), 'null'), '}')
    FROM `books` AS t3
    WHERE (t3.`id` = t2.`bookId`)
    LIMIT 1
  ), 'null'), '}') ORDER BY (t2.`position` IS NULL), t2.`position`, t2.`shelfId`, t2.`bookId` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `shelf_books` AS t2
  WHERE (t2.`shelfId` = t1.`id`)
), 'null'), '}')
FROM `shelves` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"shelf_books\":"))
--   ?3 Constant(Text("{\"position\":"))
--   ?4 Constant(Text(",\"book\":"))
--   ?5 Constant(Text("{\"title\":"))
--   ?6 Constant(Int(1000))
--   ?7 Constant(Int(1000))


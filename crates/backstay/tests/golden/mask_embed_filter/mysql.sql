-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(t3.`id`, 'null'), '}') ORDER BY t3.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `reviews` AS t3
  WHERE ((t3.`bookId` = t1.`id`)
    AND ((t3.`hidden` = FALSE) OR (t3.`userId` = ?))
    AND (CASE WHEN (t3.`userId` = ?) THEN t3.`note` END LIKE ? ESCAPE '\'))
), 'null'), '}')
FROM `books` AS t1
WHERE EXISTS (
  SELECT 1
  FROM `reviews` AS t2
  WHERE ((t2.`bookId` = t1.`id`)
    AND ((t2.`hidden` = FALSE) OR (t2.`userId` = ?))
    AND (CASE WHEN (t2.`userId` = ?) THEN t2.`note` END LIKE ? ESCAPE '\'))
)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"reviews\":"))
--   ?3 Constant(Text("{\"id\":"))
--   ?4 Constant(Int(1000))
--   ?5 Session { session: Uid, ty: String, list: false }
--   ?6 Session { session: Uid, ty: String, list: false }
--   ?7 Input { slot: Slot(0), cast: Text }
--   ?8 Session { session: Uid, ty: String, list: false }
--   ?9 Session { session: Uid, ty: String, list: false }
--   ?10 Input { slot: Slot(0), cast: Text }
--   ?11 Constant(Int(1000))


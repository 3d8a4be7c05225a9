-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(t2.`id`, 'null'), '}') ORDER BY (CASE WHEN (t2.`userId` = ?) THEN t2.`note` END IS NOT NULL), CASE WHEN (t2.`userId` = ?) THEN t2.`note` END DESC, t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `reviews` AS t2
  WHERE ((t2.`bookId` = t1.`id`)
    AND ((t2.`hidden` = FALSE) OR (t2.`userId` = ?)))
), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"reviews\":"))
--   ?3 Constant(Text("{\"id\":"))
--   ?4 Session { session: Uid, ty: String, list: false }
--   ?5 Session { session: Uid, ty: String, list: false }
--   ?6 Constant(Int(1000))
--   ?7 Session { session: Uid, ty: String, list: false }
--   ?8 Constant(Int(1000))


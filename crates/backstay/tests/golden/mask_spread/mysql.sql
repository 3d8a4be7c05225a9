-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(json_quote(CASE WHEN (t2.`userId` = ?) THEN t2.`note` END), 'null') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `reviews` AS t2
  WHERE ((t2.`bookId` = t1.`id`)
    AND ((t2.`hidden` = FALSE) OR (t2.`userId` = ?)))
), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"note\":"))
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Constant(Int(1000))
--   ?5 Session { session: Uid, ty: String, list: false }
--   ?6 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `reviews` AS t1
WHERE (((t1.`hidden` = FALSE) OR (t1.`userId` = ?))
  AND (CASE WHEN (t1.`userId` = ?) THEN t1.`note` END LIKE ? ESCAPE '\'))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Input { slot: Slot(0), cast: Text }
--   ?5 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(CASE WHEN (t1.`userId` = ?) THEN t1.`note` END), 'null'), '}')
FROM `reviews` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"note\":"))
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Constant(Int(1000))


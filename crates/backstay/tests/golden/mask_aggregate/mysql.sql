-- read, JSON rows
SELECT concat(?, coalesce(count(CASE WHEN (t1.`userId` = ?) THEN t1.`note` END), 'null'), ?, coalesce(json_quote(max(CASE WHEN (t1.`userId` = ?) THEN t1.`note` END)), 'null'), '}')
FROM `reviews` AS t1
WHERE ((t1.`hidden` = FALSE) OR (t1.`userId` = ?))
LIMIT ?;
--   ?1 Constant(Text("{\"count\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Constant(Text(",\"max\":"))
--   ?4 Session { session: Uid, ty: String, list: false }
--   ?5 Session { session: Uid, ty: String, list: false }
--   ?6 Constant(Int(1000))


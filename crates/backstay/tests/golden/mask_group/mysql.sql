-- read, JSON rows
SELECT concat(?, coalesce(json_quote(CASE WHEN (t1.`userId` = ?) THEN t1.`note` END), 'null'), ?, coalesce(count(*), 'null'), '}')
FROM `reviews` AS t1
WHERE ((t1.`hidden` = FALSE) OR (t1.`userId` = ?))
GROUP BY CASE WHEN (t1.`userId` = ?) THEN t1.`note` END
ORDER BY CASE WHEN (t1.`userId` = ?) THEN t1.`note` END
LIMIT ?;
--   ?1 Constant(Text("{\"note\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Constant(Text(",\"count\":"))
--   ?4 Session { session: Uid, ty: String, list: false }
--   ?5 Session { session: Uid, ty: String, list: false }
--   ?6 Session { session: Uid, ty: String, list: false }
--   ?7 Constant(Int(1000))


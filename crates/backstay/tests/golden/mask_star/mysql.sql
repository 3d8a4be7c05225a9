-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(t1.`bookId`, 'null'), ?, coalesce(json_quote(t1.`userId`), 'null'), ?, coalesce(t1.`stars`, 'null'), ?, coalesce(json_quote(t1.`body`), 'null'), ?, coalesce(elt(1 + t1.`hidden`, 'false', 'true'), 'null'), ?, coalesce(json_quote(CASE WHEN (t1.`userId` = ?) THEN t1.`note` END), 'null'), '}')
FROM `reviews` AS t1
WHERE ((t1.`hidden` = FALSE) OR (t1.`userId` = ?))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"bookId\":"))
--   ?3 Constant(Text(",\"userId\":"))
--   ?4 Constant(Text(",\"stars\":"))
--   ?5 Constant(Text(",\"body\":"))
--   ?6 Constant(Text(",\"hidden\":"))
--   ?7 Constant(Text(",\"note\":"))
--   ?8 Session { session: Uid, ty: String, list: false }
--   ?9 Session { session: Uid, ty: String, list: false }
--   ?10 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE CASE WHEN ((t1.`state` = ?) IS TRUE) THEN ((t1.`ownerId` = ?) IS TRUE) WHEN (NOT ((t1.`state` = ?) IS TRUE)) THEN t1.`open` END
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("draft"))
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Constant(Text("draft"))
--   ?5 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (NOT CASE WHEN (NOT ((t1.`title` IS NOT NULL)
  AND ((? IS NOT NULL) OR ?) AND ?)) THEN ((t1.`title` = ?) IS TRUE) END)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Claim(["nothing"]), ty: String, list: false }
--   ?3 SessionError { session: Claim(["nothing"]), ty: String, list: false }
--   ?4 SessionError { session: Claim(["nothing"]), ty: String, list: false }
--   ?5 Session { session: Claim(["nothing"]), ty: String, list: false }
--   ?6 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ?
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 SessionExpr(And([Compare { op: Equal, ty: String, left: Session(RequestApi), right: Literal(String("REST")) }, Compare { op: Equal, ty: String, left: Session(RequestMethod), right: Literal(String("GET")) }]))
--   ?3 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (? OR t1.`open`)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 SessionExpr(Compare { op: Equal, ty: Bool, left: Session(Verified), right: Literal(Bool(true)) })
--   ?3 Constant(Int(1000))


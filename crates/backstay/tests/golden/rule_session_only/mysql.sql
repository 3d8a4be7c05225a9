-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ?
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 SessionExpr(And([Compare { op: Greater, ty: Int, left: Session(Claim(["level"])), right: Literal(Int(1)) }, Compare { op: Equal, ty: String, left: Session(Claim(["tier"])), right: Literal(String("gold")) }]))
--   ?3 Constant(Int(1000))


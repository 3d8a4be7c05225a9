-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (?
  AND (t1.`projectId` = ?))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 SessionExpr(Compare { op: Equal, ty: Bool, left: Session(HasClaim(["org"])), right: Literal(Bool(true)) })
--   ?3 Session { session: Claim(["org"]), ty: Int, list: false }
--   ?4 Constant(Int(1000))


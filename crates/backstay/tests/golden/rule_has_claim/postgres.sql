-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ($1::bool
  AND (t1."projectId" = $2::int8))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 SessionExpr(Compare { op: Equal, ty: Bool, left: Session(HasClaim(["org"])), right: Literal(Bool(true)) })
--   $2 Session { session: Claim(["org"]), ty: Int, list: false }
--   $3 Constant(Int(1000))


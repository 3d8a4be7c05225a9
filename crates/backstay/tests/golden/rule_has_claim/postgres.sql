-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ($2::bool
  AND (t1."projectId" = $3::int8))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 SessionExpr(Compare { op: Equal, ty: Bool, left: Session(HasClaim(["org"])), right: Literal(Bool(true)) })
--   $3 Session { session: Claim(["org"]), ty: Int, list: false }
--   $4 Constant(Int(1000))


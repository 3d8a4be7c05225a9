-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE $2::bool
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 SessionExpr(And([Compare { op: Greater, ty: Int, left: Session(Claim(["level"])), right: Literal(Int(1)) }, Compare { op: Equal, ty: String, left: Session(Claim(["tier"])), right: Literal(String("gold")) }]))
--   $3 Constant(Int(1000))


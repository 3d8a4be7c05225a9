-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE $1::bool
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 SessionExpr(And([Compare { op: Greater, ty: Int, left: Session(Claim(["level"])), right: Literal(Int(1)) }, Compare { op: Equal, ty: String, left: Session(Claim(["tier"])), right: Literal(String("gold")) }]))
--   $2 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ($1::bool OR t1."open")
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 SessionExpr(Compare { op: Equal, ty: Bool, left: Session(Verified), right: Literal(Bool(true)) })
--   $2 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ($2::bool OR t1."open")
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 SessionExpr(Compare { op: Equal, ty: Bool, left: Session(Verified), right: Literal(Bool(true)) })
--   $3 Constant(Int(1000))


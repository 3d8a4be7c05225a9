-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE $1::bool
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 SessionExpr(And([Compare { op: Equal, ty: String, left: Session(RequestApi), right: Literal(String("REST")) }, Compare { op: Equal, ty: String, left: Session(RequestMethod), right: Literal(String("GET")) }]))
--   $2 Constant(Int(1000))


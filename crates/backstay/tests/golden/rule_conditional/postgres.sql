-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE CASE WHEN ((t1."state" = $1::text) IS TRUE) THEN ((t1."ownerId" = $2::text) IS TRUE) WHEN (NOT ((t1."state" = $1::text) IS TRUE)) THEN t1."open" END
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("draft"))
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Constant(Int(1000))


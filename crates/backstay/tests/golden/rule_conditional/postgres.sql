-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE CASE WHEN ((t1."state" = $2::text) IS TRUE) THEN ((t1."ownerId" = $3::text) IS TRUE) WHEN (NOT ((t1."state" = $2::text) IS TRUE)) THEN t1."open" END
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("draft"))
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Constant(Int(1000))


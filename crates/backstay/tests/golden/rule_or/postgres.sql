-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((t1."ownerId" = $1::text) OR (t1."state" = $2::text))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Text("published"))
--   $3 Constant(Int(1000))


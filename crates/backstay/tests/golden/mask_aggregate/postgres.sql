-- read, JSON rows
SELECT json_build_object($1::text, count(CASE WHEN (t1."userId" = $2::text) THEN t1."note" END), $3::text, max(CASE WHEN (t1."userId" = $2::text) THEN t1."note" END))
FROM "reviews" AS t1
WHERE ((t1."hidden" = FALSE) OR (t1."userId" = $2::text))
LIMIT $4::int8;
--   $1 Constant(Text("count"))
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Constant(Text("max"))
--   $4 Constant(Int(1000))


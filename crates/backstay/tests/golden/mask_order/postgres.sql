-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "reviews" AS t1
WHERE ((t1."hidden" = FALSE) OR (t1."userId" = $1::text))
ORDER BY CASE WHEN (t1."userId" = $1::text) THEN t1."note" END, t1."id"
LIMIT $2::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Int(1000))


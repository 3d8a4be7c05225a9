-- read, flat rows (id: Plain, note: Plain)
SELECT t1."id", CASE WHEN (t1."userId" = $1::text) THEN t1."note" END
FROM "reviews" AS t1
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Int(1000))


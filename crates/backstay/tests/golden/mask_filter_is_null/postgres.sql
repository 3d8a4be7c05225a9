-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "reviews" AS t1
WHERE (((t1."hidden" = FALSE) OR (t1."userId" = $2::text))
  AND (CASE WHEN (t1."userId" = $2::text) THEN t1."note" END IS NULL))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, CASE WHEN (t1."userId" = $2::text) THEN t1."note" END, $3::text, count(*))
FROM "reviews" AS t1
WHERE ((t1."hidden" = FALSE) OR (t1."userId" = $2::text))
GROUP BY CASE WHEN (t1."userId" = $2::text) THEN t1."note" END
ORDER BY CASE WHEN (t1."userId" = $2::text) THEN t1."note" END NULLS FIRST
LIMIT $4::int8;
--   $1 Constant(Text("note"))
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Constant(Text("count"))
--   $4 Constant(Int(1000))


-- read, flat rows (note: Plain, count: Raw)
SELECT CASE WHEN (t1."userId" = $1::text) THEN t1."note" END, coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM "reviews" AS t1
WHERE ((t1."hidden" = FALSE) OR (t1."userId" = $1::text))
GROUP BY CASE WHEN (t1."userId" = $1::text) THEN t1."note" END
ORDER BY CASE WHEN (t1."userId" = $1::text) THEN t1."note" END NULLS FIRST
LIMIT $2::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Int(1000))


-- read, flat rows (count: Raw, max: Raw)
SELECT coalesce(CAST(to_json(count(CASE WHEN (t1."userId" = $1::text) THEN t1."note" END)) AS text), 'null'), coalesce(CAST(to_json(max(CASE WHEN (t1."userId" = $1::text) THEN t1."note" END)) AS text), 'null')
FROM "reviews" AS t1
WHERE ((t1."hidden" = FALSE) OR (t1."userId" = $1::text))
LIMIT $2::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Int(1000))


-- read, flat rows (format: Raw, count: Raw)
SELECT coalesce(CAST((t1."info" -> $1::text) AS text), 'null'), coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM "books" AS t1
GROUP BY (t1."info" -> $1::text)
ORDER BY (t1."info" -> $1::text) NULLS FIRST
LIMIT $2::int8;
--   $1 Constant(Text("format"))
--   $2 Constant(Int(1000))


-- read, flat rows (sum: Raw, avg: Raw, min: Raw, max: Raw, count: Raw)
SELECT coalesce(CAST(to_json(sum(t1."pages")) AS text), 'null'), coalesce(CAST(to_json((CAST(sum(t1."pages") AS float8) / count(t1."pages"))) AS text), 'null'), coalesce(CAST(to_json(min(t1."pages")) AS text), 'null'), coalesce(CAST(to_json(max(t1."pages")) AS text), 'null'), coalesce(CAST(to_json(count(t1."pages")) AS text), 'null')
FROM "books" AS t1
LIMIT $1::int8;
--   $1 Constant(Int(1000))


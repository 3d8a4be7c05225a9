-- read, flat rows (sum: Raw, avg: Raw, min: Raw, max: Raw)
SELECT coalesce(CAST(to_json(sum(t1."price")) AS text), 'null'), coalesce(CAST(to_json(trim_scale(round(avg(t1."price"), 16))) AS text), 'null'), coalesce(CAST(to_json(min(t1."price")) AS text), 'null'), coalesce(CAST(to_json(max(t1."price")) AS text), 'null')
FROM "books" AS t1
LIMIT $1::int8;
--   $1 Constant(Int(1000))


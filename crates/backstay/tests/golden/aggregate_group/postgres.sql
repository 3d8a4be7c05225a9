-- read, flat rows (genre: Plain, n: Raw, sum: Raw)
SELECT t1."genre", coalesce(CAST(to_json(count(*)) AS text), 'null'), coalesce(CAST(to_json(sum(t1."pages")) AS text), 'null')
FROM "books" AS t1
GROUP BY t1."genre"
ORDER BY t1."genre" DESC NULLS LAST
LIMIT $1::int8;
--   $1 Constant(Int(1000))


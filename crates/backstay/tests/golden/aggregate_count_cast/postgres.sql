-- read, flat rows (count: Raw)
SELECT coalesce(CAST(to_json((CAST(count(*) AS text) COLLATE "C")) AS text), 'null')
FROM "books" AS t1
LIMIT $1::int8;
--   $1 Constant(Int(1000))


-- read, flat rows (id: Plain, scores: Raw)
SELECT t1."id", coalesce(CAST(to_json(t1."scores") AS text), 'null')
FROM "books" AS t1
ORDER BY t1."scores", t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


-- read, flat rows (id: Plain, price: Raw)
SELECT t1."id", coalesce(CAST(to_json(t1."price") AS text), 'null')
FROM "books" AS t1
ORDER BY t1."price", t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


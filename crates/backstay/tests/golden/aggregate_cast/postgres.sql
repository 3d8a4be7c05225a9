-- read, flat rows (sum: Raw)
SELECT coalesce(CAST(to_json((CAST(sum(CAST((((t1."info" -> $1::text) ->> $2::text) COLLATE "C") AS int4)) AS text) COLLATE "C")) AS text), 'null')
FROM "books" AS t1
LIMIT $3::int8;
--   $1 Constant(Text("size"))
--   $2 Constant(Text("w"))
--   $3 Constant(Int(1000))


-- read, flat rows (id: Plain, info: Raw)
SELECT t1."id", coalesce(CAST(t1."info" AS text), 'null')
FROM "books" AS t1
ORDER BY (t1."info" -> $1::text) DESC, t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("format"))
--   $2 Constant(Int(1000))


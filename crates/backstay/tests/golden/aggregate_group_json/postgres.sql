-- read, JSON rows
SELECT json_build_object($1::text, (t1."info" -> $1::text), $2::text, count(*))
FROM "books" AS t1
GROUP BY (t1."info" -> $1::text)
ORDER BY (t1."info" -> $1::text) NULLS FIRST
LIMIT $3::int8;
--   $1 Constant(Text("format"))
--   $2 Constant(Text("count"))
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, sum(t1."pages"), $2::text, (CAST(sum(t1."pages") AS float8) / count(t1."pages")), $3::text, min(t1."pages"), $4::text, max(t1."pages"), $5::text, count(t1."pages"))
FROM "books" AS t1
LIMIT $6::int8;
--   $1 Constant(Text("sum"))
--   $2 Constant(Text("avg"))
--   $3 Constant(Text("min"))
--   $4 Constant(Text("max"))
--   $5 Constant(Text("count"))
--   $6 Constant(Int(1000))


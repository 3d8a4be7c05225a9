-- read, JSON rows
SELECT json_build_object($1::text, sum(t1."price"), $2::text, trim_scale(round(avg(t1."price"), 16)), $3::text, min(t1."price"), $4::text, max(t1."price"))
FROM "books" AS t1
LIMIT $5::int8;
--   $1 Constant(Text("sum"))
--   $2 Constant(Text("avg"))
--   $3 Constant(Text("min"))
--   $4 Constant(Text("max"))
--   $5 Constant(Int(1000))


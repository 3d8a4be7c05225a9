-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."name", $3::text, t1."city")
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("name"))
--   $3 Constant(Text("city"))
--   $4 Constant(Int(1000))


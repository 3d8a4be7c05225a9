-- read, JSON rows
SELECT json_build_object($1::text, t1."key", $2::text, t1."scope", $3::text, t1."value", $4::text, t1."revision")
FROM "settings" AS t1
ORDER BY t1."key", t1."scope"
LIMIT $5::int8;
--   $1 Constant(Text("key"))
--   $2 Constant(Text("scope"))
--   $3 Constant(Text("value"))
--   $4 Constant(Text("revision"))
--   $5 Constant(Int(1000))


-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t1."key", t1."scope", t1."value", t1."revision"
FROM "settings" AS t1
ORDER BY t1."key", t1."scope"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


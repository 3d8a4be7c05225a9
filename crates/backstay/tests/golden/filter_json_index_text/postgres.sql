-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE (NOT (((t1."info" ->> $2::int4) COLLATE "C") IS NULL))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Int(-1))
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, (CAST(sum(CAST((((t1."info" -> $2::text) ->> $3::text) COLLATE "C") AS int4)) AS text) COLLATE "C"))
FROM "books" AS t1
LIMIT $4::int8;
--   $1 Constant(Text("sum"))
--   $2 Constant(Text("size"))
--   $3 Constant(Text("w"))
--   $4 Constant(Int(1000))


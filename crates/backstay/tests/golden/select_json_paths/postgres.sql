-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (t1."info" -> $2::text), $2::text, ((t1."info" ->> $2::text) COLLATE "C"), $3::text, ((t1."info" -> $3::text) -> $4::text), $5::text, (t1."info" -> $6::int4), $7::text, ((t1."info" ->> $8::int4) COLLATE "C"), $9::text, (to_jsonb(t1."tags") -> $6::int4), $10::text, ((to_jsonb(t1."tags") ->> $6::int4) COLLATE "C"))
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $11::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("format"))
--   $3 Constant(Text("size"))
--   $4 Constant(Text("w"))
--   $5 Constant(Text("first"))
--   $6 Constant(Int(0))
--   $7 Constant(Text("last"))
--   $8 Constant(Int(-1))
--   $9 Constant(Text("tag"))
--   $10 Constant(Text("tagText"))
--   $11 Constant(Int(1000))


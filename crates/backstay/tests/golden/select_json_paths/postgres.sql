-- read, flat rows (id: Plain, format: Raw, format: Plain, size: Raw, first: Raw, last: Plain, tag: Raw, tagText: Plain)
SELECT t1."id", coalesce(CAST((t1."info" -> $1::text) AS text), 'null'), ((t1."info" ->> $1::text) COLLATE "C"), coalesce(CAST(((t1."info" -> $2::text) -> $3::text) AS text), 'null'), coalesce(CAST((t1."info" -> $4::int4) AS text), 'null'), ((t1."info" ->> $5::int4) COLLATE "C"), coalesce(CAST((to_jsonb(t1."tags") -> $4::int4) AS text), 'null'), ((to_jsonb(t1."tags") ->> $4::int4) COLLATE "C")
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $6::int8;
--   $1 Constant(Text("format"))
--   $2 Constant(Text("size"))
--   $3 Constant(Text("w"))
--   $4 Constant(Int(0))
--   $5 Constant(Int(-1))
--   $6 Constant(Int(1000))


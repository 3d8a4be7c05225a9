-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ($2::text IN (
  SELECT (CAST(t2."value" AS text) COLLATE "C")
  FROM unnest(CAST(bs_json_as((t1."meta" -> $3::text), $4::text) AS text[])) AS t2(value)
))
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("en"))
--   $3 Constant(Text("langs"))
--   $4 Constant(Text("string[]"))
--   $5 Constant(Int(1000))


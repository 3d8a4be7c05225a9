-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ($1::text IN (
  SELECT (CAST(t2."value" AS text) COLLATE "C")
  FROM unnest(CAST(bs_json_as((t1."meta" -> $2::text), $3::text) AS text[])) AS t2(value)
))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("en"))
--   $2 Constant(Text("langs"))
--   $3 Constant(Text("string[]"))
--   $4 Constant(Int(1000))


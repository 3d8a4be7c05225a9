-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ($1::text IN (
  SELECT (CAST(t2."value" AS text) COLLATE "C")
  FROM unnest(CAST(t1."tags" AS text[])) AS t2(value)
))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("y"))
--   $2 Constant(Int(1000))


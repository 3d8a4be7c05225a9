-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE EXISTS (
  SELECT 1
  FROM unnest(CAST(t1."tags" AS text[])) AS t2(value)
  WHERE starts_with((CAST(t2."value" AS text) COLLATE "C"), $1::text)
)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("x"))
--   $2 Constant(Int(1000))


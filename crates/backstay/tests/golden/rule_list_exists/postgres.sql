-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE EXISTS (
  SELECT 1
  FROM unnest(CAST(t1."tags" AS text[])) AS t2(value)
  WHERE starts_with((CAST(t2."value" AS text) COLLATE "C"), $2::text)
)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("x"))
--   $3 Constant(Int(1000))


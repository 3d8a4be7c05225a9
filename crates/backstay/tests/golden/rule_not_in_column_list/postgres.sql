-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (NOT (($2::text IN (
  SELECT (CAST(t2."value" AS text) COLLATE "C")
  FROM unnest(CAST(t1."tags" AS text[])) AS t2(value)
)) IS TRUE))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("y"))
--   $3 Constant(Int(1000))


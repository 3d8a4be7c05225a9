-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT CASE WHEN (t1."projectId" IN (
  SELECT CAST(t2."value" AS int8)
  FROM unnest($1::int8[]) AS t2(value)
)) THEN TRUE WHEN ((($2::jsonb IS NOT NULL)
  AND ($1::int8[] IS NULL))
  AND (t1."projectId" IS NOT NULL)) THEN NULL ELSE FALSE END)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Session { session: Claim(["tier"]), ty: Int, list: true }
--   $2 Session { session: Claim(["tier"]), ty: Dynamic, list: false }
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (NOT CASE WHEN (t1."projectId" IN (
  SELECT CAST(t2."value" AS int8)
  FROM unnest($2::int8[]) AS t2(value)
)) THEN TRUE WHEN ((($3::jsonb IS NOT NULL)
  AND ($2::int8[] IS NULL))
  AND (t1."projectId" IS NOT NULL)) THEN NULL ELSE FALSE END)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Session { session: Claim(["orgs"]), ty: Int, list: true }
--   $3 Session { session: Claim(["orgs"]), ty: Dynamic, list: false }
--   $4 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (t1."projectId" IN (
  SELECT CAST(t2."value" AS int8)
  FROM unnest($2::int8[]) AS t2(value)
))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Session { session: Claim(["orgs"]), ty: Int, list: true }
--   $3 Constant(Int(1000))


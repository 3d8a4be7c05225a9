-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (t1."projectId" IN (
  SELECT CAST(t2."value" AS int8)
  FROM unnest($1::int8[]) AS t2(value)
))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Session { session: Claim(["orgs"]), ty: Int, list: true }
--   $2 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (t1."projectId" IN (
  SELECT t2."value"
  FROM json_each(?1) AS t2
))
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Session { session: Claim(["orgs"]), ty: Int, list: true }
--   ?2 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT CASE WHEN (t1."projectId" IN (
  SELECT t2."value"
  FROM json_each(?1) AS t2
)) THEN 1 WHEN (((?2 IS NOT NULL)
  AND (?1 IS NULL))
  AND (t1."projectId" IS NOT NULL)) THEN NULL ELSE 0 END)
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Session { session: Claim(["orgs"]), ty: Int, list: true }
--   ?2 Session { session: Claim(["orgs"]), ty: Dynamic, list: false }
--   ?3 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "projects" AS t2
  JOIN "docs" AS t3 ON (t3."projectId" = t2."id")
  WHERE ((t2."id" = t1."projectId")
    AND ((t3."ownerId" = $1::text) AND EXISTS (
    SELECT 1
    FROM "projects" AS t4
    JOIN "members" AS t5 ON ((t5."projectId" = t4."id")
      AND (t5."leftAt" IS NULL))
    WHERE ((t4."id" = t3."projectId")
      AND (t5."userId" = $2::text))
  )))
)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Text("ben"))
--   $3 Constant(Int(1000))


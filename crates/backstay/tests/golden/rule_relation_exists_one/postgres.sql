-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((
  SELECT count(*)
  FROM "projects" AS t2
  JOIN "members" AS t3 ON ((t3."projectId" = t2."id")
    AND (t3."leftAt" IS NULL))
  WHERE ((t2."id" = t1."projectId")
    AND (t3."level" > $1::int8))
) = 1)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Int(2))
--   $2 Constant(Int(1000))


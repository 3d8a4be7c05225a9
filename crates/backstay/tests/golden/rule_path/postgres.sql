-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((
  SELECT t2."ownerId"
  FROM "projects" AS t2
  WHERE (t2."id" = t1."projectId")
  LIMIT 1
) = $1::text)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Int(1000))


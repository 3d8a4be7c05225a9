-- read, flat rows (id: Plain, memberId: Plain)
SELECT t1."id", t1."memberId"
FROM "loans" AS t1
WHERE ((t1."memberId" = $1::text)
  AND (t1."returnedAt" IS NULL))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Int(1000))


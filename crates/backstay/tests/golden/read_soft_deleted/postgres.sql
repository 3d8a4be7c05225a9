-- read, flat rows (id: Plain, memberId: Plain)
SELECT t1."id", t1."memberId"
FROM "loans" AS t1
WHERE (t1."returnedAt" IS NULL)
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


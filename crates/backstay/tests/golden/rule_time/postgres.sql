-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (t1."dueAt" > $1::timestamptz)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Now
--   $2 Constant(Int(1000))


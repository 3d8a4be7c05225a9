-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (CASE WHEN (t1."open" IS TRUE) THEN t1."score" WHEN (NOT (t1."open" IS TRUE)) THEN $1::int8 END > $2::int8)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Int(0))
--   $2 Constant(Int(5))
--   $3 Constant(Int(1000))


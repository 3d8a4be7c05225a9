-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (CASE WHEN (t1."open" IS TRUE) THEN t1."score" WHEN (NOT (t1."open" IS TRUE)) THEN $2::int8 END > $3::int8)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Int(0))
--   $3 Constant(Int(5))
--   $4 Constant(Int(1000))


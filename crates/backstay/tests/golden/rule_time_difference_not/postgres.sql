-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (NOT CASE WHEN (NOT (((bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $2::timestamptz) * 1000000 AS int8) AS int8)) IS NOT NULL) OR ((t1."dueAt" IS NOT NULL)
  AND ($2::timestamptz IS NOT NULL)
  AND (bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $2::timestamptz) * 1000000 AS int8) AS int8)) IS NULL)))
  AND ($3::int8 IS NOT NULL)
  AND ((t1."dueAt" IS NOT NULL)
  AND ($2::timestamptz IS NOT NULL)
  AND (bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $2::timestamptz) * 1000000 AS int8) AS int8)) IS NULL)))) THEN ((bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $2::timestamptz) * 1000000 AS int8) AS int8)) > $3::int8) IS TRUE) END)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Now
--   $3 Constant(Int(0))
--   $4 Constant(Int(1000))


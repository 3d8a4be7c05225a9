-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT CASE WHEN (NOT (((bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $1::timestamptz) * 1000000 AS int8) AS int8)) IS NOT NULL) OR ((t1."dueAt" IS NOT NULL)
  AND ($1::timestamptz IS NOT NULL)
  AND (bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $1::timestamptz) * 1000000 AS int8) AS int8)) IS NULL)))
  AND ($2::int8 IS NOT NULL)
  AND ((t1."dueAt" IS NOT NULL)
  AND ($1::timestamptz IS NOT NULL)
  AND (bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $1::timestamptz) * 1000000 AS int8) AS int8)) IS NULL)))) THEN ((bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $1::timestamptz) * 1000000 AS int8) AS int8)) > $2::int8) IS TRUE) END)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Now
--   $2 Constant(Int(0))
--   $3 Constant(Int(1000))


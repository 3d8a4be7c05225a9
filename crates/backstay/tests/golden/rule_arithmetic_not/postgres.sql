-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT CASE WHEN (NOT (((bs_mul(CAST(t1."score" AS int8), $1::int8) IS NOT NULL) OR ((t1."score" IS NOT NULL)
  AND ($1::int8 IS NOT NULL)
  AND (bs_mul(CAST(t1."score" AS int8), $1::int8) IS NULL)))
  AND ($2::int8 IS NOT NULL)
  AND ((t1."score" IS NOT NULL)
  AND ($1::int8 IS NOT NULL)
  AND (bs_mul(CAST(t1."score" AS int8), $1::int8) IS NULL)))) THEN ((bs_mul(CAST(t1."score" AS int8), $1::int8) > $2::int8) IS TRUE) END)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Int(9223372036854775807))
--   $2 Constant(Int(0))
--   $3 Constant(Int(1000))


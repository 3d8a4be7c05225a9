-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT (
  SELECT CASE WHEN (bool_or(t4."held") = TRUE) THEN TRUE WHEN (count(*) = count(t4."held")) THEN FALSE END
  FROM (
    SELECT CASE WHEN (NOT (((bs_add(CAST(t3."level" AS int8), $1::int8) IS NOT NULL) OR ((t3."level" IS NOT NULL)
      AND ($1::int8 IS NOT NULL)
      AND (bs_add(CAST(t3."level" AS int8), $1::int8) IS NULL)))
      AND ($2::int8 IS NOT NULL)
      AND ((t3."level" IS NOT NULL)
      AND ($1::int8 IS NOT NULL)
      AND (bs_add(CAST(t3."level" AS int8), $1::int8) IS NULL)))) THEN ((bs_add(CAST(t3."level" AS int8), $1::int8) > $2::int8) IS TRUE) END AS "held"
    FROM "projects" AS t2
    JOIN "members" AS t3 ON ((t3."projectId" = t2."id")
      AND (t3."leftAt" IS NULL))
    WHERE (t2."id" = t1."projectId")
  ) AS t4
))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Int(9223372036854775807))
--   $2 Constant(Int(0))
--   $3 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT CASE WHEN (NOT (((bs_sub(bs_micros(t1."dueAt"), bs_micros(?1)) IS NOT NULL) OR ((t1."dueAt" IS NOT NULL)
  AND (?1 IS NOT NULL)
  AND (bs_sub(bs_micros(t1."dueAt"), bs_micros(?1)) IS NULL)))
  AND (?2 IS NOT NULL)
  AND ((t1."dueAt" IS NOT NULL)
  AND (?1 IS NOT NULL)
  AND (bs_sub(bs_micros(t1."dueAt"), bs_micros(?1)) IS NULL)))) THEN ((bs_sub(bs_micros(t1."dueAt"), bs_micros(?1)) > ?2) IS TRUE) END)
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Now
--   ?2 Constant(Int(0))
--   ?3 Constant(Int(1000))


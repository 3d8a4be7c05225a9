-- read, flat rows (id: Plain), the total first
SELECT count(*)
FROM (
  SELECT 1 AS "one"
  FROM "reviews" AS t2
  WHERE (t2."hidden" = 0)
) AS t3
UNION ALL SELECT t4."c0"
FROM (
  SELECT t1."id" AS "c0"
  FROM "reviews" AS t1
  WHERE (t1."hidden" = 0)
  ORDER BY t1."id"
  LIMIT ?1
) AS t4;
--   ?1 Input { slot: Slot(0), cast: Limit { max: 1000 } }


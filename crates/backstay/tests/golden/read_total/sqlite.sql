-- read, flat rows (id: Plain, title: Plain), the total first
SELECT count(*), NULL
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t2
) AS t3
UNION ALL SELECT t4."c0", t4."c1"
FROM (
  SELECT t1."id" AS "c0", t1."title" AS "c1"
  FROM "books" AS t1
  ORDER BY t1."id"
  LIMIT ?1
) AS t4;
--   ?1 Input { slot: Slot(0), cast: Limit { max: 1000 } }


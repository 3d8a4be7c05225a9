-- read, flat rows (genre: Plain, count: Plain), the total first
SELECT count(*), NULL
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t2
  GROUP BY t2."genre"
) AS t3
UNION ALL SELECT t4."c0", t4."c1"
FROM (
  SELECT t1."genre" AS "c0", count(*) AS "c1"
  FROM "books" AS t1
  GROUP BY t1."genre"
  ORDER BY t1."genre"
  LIMIT ?1
) AS t4;
--   ?1 Input { slot: Slot(0), cast: Limit { max: 1000 } }


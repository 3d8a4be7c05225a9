-- read, flat rows (id: Plain, author: Plain), the total first
SELECT count(*), NULL
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t3
  LEFT JOIN "authors" AS t4 ON (t4."id" = t3."authorId")
) AS t5
UNION ALL SELECT t6."c0", t6."c1"
FROM (
  SELECT t1."id" AS "c0", t2."name" AS "c1"
  FROM "books" AS t1
  LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
  ORDER BY t1."id"
  LIMIT ?1
) AS t6;
--   ?1 Input { slot: Slot(0), cast: Limit { max: 1000 } }


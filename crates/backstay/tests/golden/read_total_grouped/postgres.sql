-- read, JSON rows, the total first
SELECT coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t2
  GROUP BY t2."genre"
) AS t3
UNION ALL SELECT t4."c0"
FROM (
  SELECT (($1::text || coalesce(CAST(to_json(t1."genre") AS text), 'null') || $2::text || coalesce(CAST(to_json(count(*)) AS text), 'null')) || '}') AS "c0"
  FROM "books" AS t1
  GROUP BY t1."genre"
  ORDER BY t1."genre" NULLS FIRST
  LIMIT $3::int8
) AS t4;
--   $1 Constant(Text("{\"genre\":"))
--   $2 Constant(Text(",\"count\":"))
--   $3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


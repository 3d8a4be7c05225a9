-- read, JSON rows, the total first
SELECT coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t2
) AS t3
UNION ALL SELECT t4."c0"
FROM (
  SELECT (($1::text || coalesce(CAST(t1."id" AS text), 'null') || $2::text || coalesce(CAST(to_json(t1."title") AS text), 'null')) || '}') AS "c0"
  FROM "books" AS t1
  ORDER BY t1."id"
  LIMIT $3::int8
) AS t4;
--   $1 Constant(Text("{\"id\":"))
--   $2 Constant(Text(",\"title\":"))
--   $3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


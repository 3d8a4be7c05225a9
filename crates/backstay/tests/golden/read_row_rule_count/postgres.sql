-- read, JSON rows, the total first
SELECT coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM (
  SELECT 1 AS "one"
  FROM "reviews" AS t2
  WHERE (t2."hidden" = FALSE)
) AS t3
UNION ALL SELECT t4."c0"
FROM (
  SELECT (($1::text || coalesce(CAST(t1."id" AS text), 'null')) || '}') AS "c0"
  FROM "reviews" AS t1
  WHERE (t1."hidden" = FALSE)
  ORDER BY t1."id"
  LIMIT $2::int8
) AS t4;
--   $1 Constant(Text("{\"id\":"))
--   $2 Input { slot: Slot(0), cast: Limit { max: 1000 } }


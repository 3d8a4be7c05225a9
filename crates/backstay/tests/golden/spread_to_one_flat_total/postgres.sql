-- read, JSON rows, the total first
SELECT coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t3
  LEFT JOIN "authors" AS t4 ON (t4."id" = t3."authorId")
) AS t5
UNION ALL SELECT t6."c0"
FROM (
  SELECT (($1::text || coalesce(CAST(t1."id" AS text), 'null') || $2::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}') AS "c0"
  FROM "books" AS t1
  LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
  ORDER BY t1."id"
  LIMIT $3::int8
) AS t6;
--   $1 Constant(Text("{\"id\":"))
--   $2 Constant(Text(",\"author\":"))
--   $3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


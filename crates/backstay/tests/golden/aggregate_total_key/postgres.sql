-- read, JSON rows, the total first
SELECT coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t2
) AS t3
UNION ALL SELECT t4."c0"
FROM (
  SELECT (($1::text || coalesce(CAST(to_json((CAST(max(t1."id") AS text) COLLATE "C")) AS text), 'null') || $2::text || coalesce(CAST(to_json(count(*)) AS text), 'null')) || '}') AS "c0"
  FROM "books" AS t1
  LIMIT $3::int8
) AS t4;
--   $1 Constant(Text("{\"max\":"))
--   $2 Constant(Text(",\"count\":"))
--   $3 Constant(Int(1000))


-- read, JSON rows, the total first
SELECT coalesce(to_json(count(*)), 'null'::json)
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t2
  GROUP BY t2."genre"
) AS t3
UNION ALL SELECT t4."c0"
FROM (
  SELECT json_build_object($1::text, t1."genre", $2::text, count(*)) AS "c0"
  FROM "books" AS t1
  GROUP BY t1."genre"
  ORDER BY t1."genre" NULLS FIRST
  LIMIT $3::int8
) AS t4;
--   $1 Constant(Text("genre"))
--   $2 Constant(Text("count"))
--   $3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


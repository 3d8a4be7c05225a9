-- read, flat rows (name: Plain, pupils: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}') AS "c0"
    FROM "authors" AS t2
    WHERE (t2."mentorId" = t1."id")
    ORDER BY t2."id"
    LIMIT $2::int8
  ) AS t3
) AS text), 'null')
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("{\"name\":"))
--   $2 Constant(Int(1000))


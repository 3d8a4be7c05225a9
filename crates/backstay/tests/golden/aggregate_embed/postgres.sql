-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(sum(t2."pages")) AS text), 'null') || $2::text || coalesce(CAST(to_json(count(*)) AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    LIMIT $3::int8
  ) AS t3
) AS text), 'null')
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("{\"sum\":"))
--   $2 Constant(Text(",\"count\":"))
--   $3 Constant(Int(1000))


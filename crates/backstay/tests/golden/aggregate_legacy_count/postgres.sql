-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(count(*)) AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    LIMIT $2::int8
  ) AS t3
) AS text), 'null')
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("{\"count\":"))
--   $2 Constant(Int(1000))


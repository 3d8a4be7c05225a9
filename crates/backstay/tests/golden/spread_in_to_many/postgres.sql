-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t2."title") AS text), 'null') || $2::text || coalesce(CAST(to_json(t3."name") AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t2
    LEFT JOIN "publishers" AS t3 ON (t3."id" = t2."publisherId")
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT $3::int8
  ) AS t4
) AS text), 'null')
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("{\"title\":"))
--   $2 Constant(Text(",\"publisher\":"))
--   $3 Constant(Int(1000))


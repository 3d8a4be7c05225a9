-- read, flat rows (id: Plain, author: Plain, books: Raw)
SELECT t1."id", t2."name", coalesce(CAST(CASE WHEN (t2."id" IS NOT NULL) THEN (
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t3."title") AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t3
    WHERE (t3."authorId" = t2."id")
    ORDER BY t3."id"
    LIMIT $2::int8
  ) AS t4
) END AS text), 'null')
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("{\"title\":"))
--   $2 Constant(Int(1000))


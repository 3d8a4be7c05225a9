-- read, flat rows (id: Plain, reviews: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(t2."id" AS text), 'null') || $2::text || coalesce(CAST(to_json(t2."userId") AS text), 'null')) || '}') AS "c0"
    FROM "reviews" AS t2
    WHERE ((t2."bookId" = t1."id")
      AND (t2."hidden" = FALSE))
    ORDER BY t2."id"
    LIMIT $3::int8
  ) AS t3
) AS text), 'null')
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("{\"id\":"))
--   $2 Constant(Text(",\"userId\":"))
--   $3 Constant(Int(1000))


-- read, flat rows (id: Plain, reviews: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(t3."id" AS text), 'null')) || '}') AS "c0"
    FROM "reviews" AS t3
    WHERE ((t3."bookId" = t1."id")
      AND (t3."hidden" = FALSE))
    ORDER BY t3."id"
    LIMIT $2::int8
  ) AS t4
) AS text), 'null')
FROM "books" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "reviews" AS t2
  WHERE ((t2."bookId" = t1."id")
    AND (t2."hidden" = FALSE))
)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("{\"id\":"))
--   $2 Constant(Int(1000))


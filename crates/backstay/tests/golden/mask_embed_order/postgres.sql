-- read, flat rows (id: Plain, reviews: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(t2."id" AS text), 'null')) || '}') AS "c0"
    FROM "reviews" AS t2
    WHERE ((t2."bookId" = t1."id")
      AND ((t2."hidden" = FALSE) OR (t2."userId" = $2::text)))
    ORDER BY CASE WHEN (t2."userId" = $2::text) THEN t2."note" END DESC, t2."id"
    LIMIT $3::int8
  ) AS t3
) AS text), 'null')
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("{\"id\":"))
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Constant(Int(1000))


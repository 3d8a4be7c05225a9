-- read, flat rows (id: Plain, reviews: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(t3."id" AS text), 'null')) || '}') AS "c0"
    FROM "reviews" AS t3
    WHERE ((t3."bookId" = t1."id")
      AND ((t3."hidden" = FALSE) OR (t3."userId" = $2::text))
      AND (CASE WHEN (t3."userId" = $2::text) THEN t3."note" END LIKE $3::text))
    ORDER BY t3."id"
    LIMIT $4::int8
  ) AS t4
) AS text), 'null')
FROM "books" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "reviews" AS t2
  WHERE ((t2."bookId" = t1."id")
    AND ((t2."hidden" = FALSE) OR (t2."userId" = $2::text))
    AND (CASE WHEN (t2."userId" = $2::text) THEN t2."note" END LIKE $3::text))
)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("{\"id\":"))
--   $2 Session { session: Uid, ty: String, list: false }
--   $3 Input { slot: Slot(0), cast: Text }
--   $4 Constant(Int(1000))


-- read, flat rows (id: Plain, note: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(CASE WHEN (t2."userId" = $1::text) THEN t2."note" END) AS text), 'null') AS "c0"
    FROM "reviews" AS t2
    WHERE ((t2."bookId" = t1."id")
      AND ((t2."hidden" = FALSE) OR (t2."userId" = $1::text)))
    ORDER BY t2."id"
    LIMIT $2::int8
  ) AS t3
) AS text), 'null')
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Constant(Int(1000))


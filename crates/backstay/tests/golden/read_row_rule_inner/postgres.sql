-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (
  SELECT coalesce(json_agg(t4."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($1::text, t3."id") AS "c0"
    FROM "reviews" AS t3
    WHERE ((t3."bookId" = t1."id")
      AND (t3."hidden" = FALSE))
    ORDER BY t3."id"
    LIMIT $3::int8
  ) AS t4
))
FROM "books" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "reviews" AS t2
  WHERE ((t2."bookId" = t1."id")
    AND (t2."hidden" = FALSE))
)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("reviews"))
--   $3 Constant(Int(1000))


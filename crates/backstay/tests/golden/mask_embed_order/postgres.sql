-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (
  SELECT coalesce(json_agg(t3."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($1::text, t2."id") AS "c0"
    FROM "reviews" AS t2
    WHERE ((t2."bookId" = t1."id")
      AND ((t2."hidden" = FALSE) OR (t2."userId" = $3::text)))
    ORDER BY CASE WHEN (t2."userId" = $3::text) THEN t2."note" END DESC, t2."id"
    LIMIT $4::int8
  ) AS t3
))
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("reviews"))
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Constant(Int(1000))


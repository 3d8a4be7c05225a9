-- read, flat rows (id: Plain, reviews: Raw)
SELECT t1."id", (
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?1, t2."id", ?2, t2."userId") AS "c0"
    FROM "reviews" AS t2
    WHERE ((t2."bookId" = t1."id")
      AND (t2."hidden" = 0))
    ORDER BY t2."id"
    LIMIT ?3
  ) AS t3
)
FROM "books" AS t1
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("id"))
--   ?2 Constant(Text("userId"))
--   ?3 Constant(Int(1000))


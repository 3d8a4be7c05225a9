-- read, flat rows (id: Plain, reviews: Raw)
SELECT t1."id", (
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?1, t2."id", ?2, CASE WHEN (t2."userId" = ?3) THEN t2."note" END) AS "c0"
    FROM "reviews" AS t2
    WHERE ((t2."bookId" = t1."id")
      AND ((t2."hidden" = 0) OR (t2."userId" = ?3)))
    ORDER BY t2."id"
    LIMIT ?4
  ) AS t3
)
FROM "books" AS t1
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Text("id"))
--   ?2 Constant(Text("note"))
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Constant(Int(1000))


-- read, flat rows (id: Plain, note: Raw)
SELECT t1."id", (
  SELECT json_group_array(t3."c0")
  FROM (
    SELECT CASE WHEN (t2."userId" = ?1) THEN t2."note" END AS "c0"
    FROM "reviews" AS t2
    WHERE ((t2."bookId" = t1."id")
      AND ((t2."hidden" = 0) OR (t2."userId" = ?1)))
    ORDER BY t2."id"
    LIMIT ?2
  ) AS t3
)
FROM "books" AS t1
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Constant(Int(1000))


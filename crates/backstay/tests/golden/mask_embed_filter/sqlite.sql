-- read, flat rows (id: Plain, reviews: Raw)
SELECT t1."id", (
  SELECT json_group_array(json(t4."c0"))
  FROM (
    SELECT json_object(?1, t3."id") AS "c0"
    FROM "reviews" AS t3
    WHERE ((t3."bookId" = t1."id")
      AND ((t3."hidden" = 0) OR (t3."userId" = ?2)) AND bs_like(CASE WHEN (t3."userId" = ?2) THEN t3."note" END, ?3))
    ORDER BY t3."id"
    LIMIT ?4
  ) AS t4
)
FROM "books" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "reviews" AS t2
  WHERE ((t2."bookId" = t1."id")
    AND ((t2."hidden" = 0) OR (t2."userId" = ?2)) AND bs_like(CASE WHEN (t2."userId" = ?2) THEN t2."note" END, ?3))
)
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Text("id"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(0), cast: Text }
--   ?4 Constant(Int(1000))


-- read, flat rows (note: Plain, count: Plain)
SELECT CASE WHEN (t1."userId" = ?1) THEN t1."note" END, count(*)
FROM "reviews" AS t1
WHERE ((t1."hidden" = 0) OR (t1."userId" = ?1))
GROUP BY CASE WHEN (t1."userId" = ?1) THEN t1."note" END
ORDER BY CASE WHEN (t1."userId" = ?1) THEN t1."note" END
LIMIT ?2;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Constant(Int(1000))


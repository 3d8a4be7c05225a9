-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "reviews" AS t1
WHERE (((t1."hidden" = 0) OR (t1."userId" = ?1))
  AND (NOT bs_like(CASE WHEN (t1."userId" = ?1) THEN t1."note" END, ?2)))
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Input { slot: Slot(0), cast: Text }
--   ?3 Constant(Int(1000))


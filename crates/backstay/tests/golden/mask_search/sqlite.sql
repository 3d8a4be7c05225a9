-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "reviews" AS t1
WHERE (((t1."hidden" = 0) OR (t1."userId" = ?1))
  AND ((t1."rowid" IN (
  SELECT t2."rowid"
  FROM "reviews" AS t2
  WHERE ((?2 = 0)
    AND (t2."rowid" IN (
    SELECT rowid
    FROM "reviews_fts"
    WHERE "reviews_fts" MATCH ?3
  )))
  UNION ALL SELECT t3."rowid"
  FROM "reviews" AS t3
  WHERE ((?2 = 1)
    AND (NOT (t3."rowid" IN (
    SELECT rowid
    FROM "reviews_fts"
    WHERE "reviews_fts" MATCH ?3
  ))))
))
  AND (CASE WHEN (t1."userId" = ?1) THEN t1."note" END IS NOT NULL)))
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Input { slot: Slot(0), cast: SearchNegated(Plain) }
--   ?3 Input { slot: Slot(0), cast: Search { syntax: Plain, model: ModelId(5), field: Some(FieldId(6)) } }
--   ?4 Constant(Int(1000))


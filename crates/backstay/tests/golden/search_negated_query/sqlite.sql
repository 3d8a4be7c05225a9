-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (t1."rowid" IN (
  SELECT t2."rowid"
  FROM "books" AS t2
  WHERE ((?1 = 0)
    AND (t2."rowid" IN (
    SELECT rowid
    FROM "books_fts"
    WHERE "books_fts" MATCH ?2
  )))
  UNION ALL SELECT t3."rowid"
  FROM "books" AS t3
  WHERE ((?1 = 1)
    AND (NOT (t3."rowid" IN (
    SELECT rowid
    FROM "books_fts"
    WHERE "books_fts" MATCH ?2
  ))))
))
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Input { slot: Slot(0), cast: SearchNegated(Raw) }
--   ?2 Input { slot: Slot(0), cast: Search { syntax: Raw, model: ModelId(2), field: Some(FieldId(1)) } }
--   ?3 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM (
  SELECT *
  FROM books
  WHERE pages >= ?1 AND genre = ?2

) AS t1
WHERE (t1."id" IN (
  SELECT t2."id"
  FROM "books" AS t2
  WHERE ((?3 = 0)
    AND (t2."rowid" IN (
    SELECT rowid
    FROM "books_fts"
    WHERE "books_fts" MATCH ?4
  )))
  UNION ALL SELECT t3."id"
  FROM "books" AS t3
  WHERE ((?3 = 1)
    AND (NOT (t3."rowid" IN (
    SELECT rowid
    FROM "books_fts"
    WHERE "books_fts" MATCH ?4
  ))))
))
LIMIT ?5;
--   ?1 Input { slot: Slot(1), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   ?2 Constant(Text("novel"))
--   ?3 Input { slot: Slot(0), cast: SearchNegated(Plain) }
--   ?4 Input { slot: Slot(0), cast: Search { syntax: Plain, model: ModelId(2), field: Some(FieldId(1)) } }
--   ?5 Constant(Int(1000))


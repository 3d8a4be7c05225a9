-- read, flat rows (id: Plain, title: Plain, blurb: Plain, genre: Plain, pages: Plain, price: Raw, rating: Plain, inPrint: Bool, published: Plain, addedAt: Timestamp, opens: Plain, tags: Raw, scores: Raw, info: Raw, cover: Hex, isbn: Plain, authorId: Plain, publisherId: Plain, shelfMark: Plain)
SELECT t1."id", t1."title", t1."blurb", t1."genre", t1."pages", t1."price", t1."rating", t1."inPrint", t1."published", t1."addedAt", t1."opens", t1."tags", t1."scores", t1."info", t1."cover", t1."isbn", t1."authorId", t1."publisherId", t1."shelfMark"
FROM (
  SELECT *
  FROM books
  WHERE pages >= ?1 AND genre = ?2

) AS t1
LIMIT ?3;
--   ?1 Input { slot: Slot(0), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   ?2 Input { slot: Slot(1), cast: Argument { ty: FieldType { scalar: String, list: false, nullable: true, items_nullable: false }, default: Some("\"novel\"") } }
--   ?3 Constant(Int(1000))


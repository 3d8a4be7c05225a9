-- read, flat rows (id: Plain, title: Plain, blurb: Plain, genre: Plain, pages: Plain, price: Raw, rating: Plain, inPrint: Bool, published: Plain, addedAt: Timestamp, opens: Plain, tags: Raw, scores: Raw, info: Raw, cover: Hex, isbn: Plain, authorId: Plain, publisherId: Plain, shelfMark: Plain)
SELECT t1."id", t1."title", t1."blurb", t1."genre", t1."pages", t1."price", t1."rating", t1."inPrint", t1."published", t1."addedAt", t1."opens", t1."tags", t1."scores", t1."info", t1."cover", t1."isbn", t1."authorId", t1."publisherId", t1."shelfMark"
FROM "books" AS t1
WHERE (t1."id" = ?1)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?2 Constant(Int(1000))


-- insert, answers keys, for each row
INSERT INTO "books" ("title", "tags", "info", "price", "cover", "id", "inPrint")
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
RETURNING json_array("books"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Cell(5)
--   ?7 Cell(6)

-- read, flat rows (id: Plain, title: Plain, blurb: Plain, genre: Plain, pages: Plain, price: Raw, rating: Plain, inPrint: Bool, published: Plain, addedAt: Timestamp, opens: Plain, tags: Raw, scores: Raw, info: Raw, cover: Hex, isbn: Plain, authorId: Plain, publisherId: Plain, shelfMark: Plain)
SELECT t1."id", t1."title", t1."blurb", t1."genre", t1."pages", t1."price", t1."rating", t1."inPrint", t1."published", t1."addedAt", t1."opens", t1."tags", t1."scores", t1."info", t1."cover", t1."isbn", t1."authorId", t1."publisherId", t1."shelfMark"
FROM json_each(?1) AS t2
JOIN "books" AS t1 ON (t1."id" = "->>"(t2."value", 0))
ORDER BY t2."key";
--   ?1 Keys


-- insert, answers keys, for each row
INSERT INTO "books" ("title", "inPrint")
VALUES ($1::text, $2::bool)
RETURNING (('[' || coalesce(CAST("books"."id" AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(2)

-- read, flat rows (id: Plain, title: Plain, blurb: Plain, genre: Plain, pages: Plain, price: Raw, rating: Plain, inPrint: Bool, published: Raw, addedAt: Raw, opens: Raw, tags: Raw, scores: Raw, info: Raw, cover: Raw, isbn: Plain, authorId: Plain, publisherId: Plain, shelfMark: Plain)
SELECT t1."id", t1."title", t1."blurb", t1."genre", t1."pages", coalesce(CAST(to_json(t1."price") AS text), 'null'), t1."rating", t1."inPrint", coalesce(CAST(to_json(t1."published") AS text), 'null'), coalesce(CAST(to_json(t1."addedAt") AS text), 'null'), coalesce(CAST(to_json(t1."opens") AS text), 'null'), coalesce(CAST(to_json(t1."tags") AS text), 'null'), coalesce(CAST(to_json(t1."scores") AS text), 'null'), coalesce(CAST(t1."info" AS text), 'null'), coalesce(CAST(to_json(t1."cover") AS text), 'null'), t1."isbn", t1."authorId", t1."publisherId", t1."shelfMark"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "books" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
ORDER BY t2."key";
--   $1 Keys


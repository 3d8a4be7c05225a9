-- insert, answers keys, for each row
INSERT INTO "books" ("title", "tags", "info", "price", "cover", "inPrint")
VALUES ($1::text, $2::text[], $3::jsonb, $4::numeric, $5::bytea, $6::bool)
RETURNING json_build_array("books"."id");
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Cell(3)
--   $5 Cell(4)
--   $6 Cell(6)

-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."title", $3::text, t1."blurb", $4::text, t1."genre", $5::text, t1."pages", $6::text, t1."price", $7::text, t1."rating", $8::text, t1."inPrint", $9::text, t1."published", $10::text, t1."addedAt", $11::text, t1."opens", $12::text, t1."tags", $13::text, t1."scores", $14::text, t1."info", $15::text, t1."cover", $16::text, t1."isbn", $17::text, t1."authorId", $18::text, t1."publisherId", $19::text, t1."shelfMark")
FROM jsonb_array_elements($20::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "books" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
ORDER BY t2."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("title"))
--   $3 Constant(Text("blurb"))
--   $4 Constant(Text("genre"))
--   $5 Constant(Text("pages"))
--   $6 Constant(Text("price"))
--   $7 Constant(Text("rating"))
--   $8 Constant(Text("inPrint"))
--   $9 Constant(Text("published"))
--   $10 Constant(Text("addedAt"))
--   $11 Constant(Text("opens"))
--   $12 Constant(Text("tags"))
--   $13 Constant(Text("scores"))
--   $14 Constant(Text("info"))
--   $15 Constant(Text("cover"))
--   $16 Constant(Text("isbn"))
--   $17 Constant(Text("authorId"))
--   $18 Constant(Text("publisherId"))
--   $19 Constant(Text("shelfMark"))
--   $20 Keys


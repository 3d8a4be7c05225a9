-- insert, answers nothing, for each row
INSERT INTO "books" ("title", "authorId", "inPrint")
VALUES ($1::text, $2::int4, $3::bool);
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(3)


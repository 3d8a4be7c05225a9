-- insert, answers nothing, for each row
INSERT INTO "books" ("title", "authorId", "id", "inPrint")
VALUES ($1::text, $2::int4, bs_counted($3::text, $4::text, $5::int4), $6::bool);
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Constant(Text("books"))
--   $4 Constant(Text("id"))
--   $5 Cell(2)
--   $6 Cell(3)


-- insert, answers nothing, for each row
INSERT INTO "events" ("id", "at", "name")
VALUES ($1::int4, $2::timestamptz, $3::text);
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)


-- insert, answers nothing, for each row
INSERT INTO "events" ("id", "at", "name")
VALUES (?1, ?2, ?3);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)


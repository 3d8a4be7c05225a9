-- insert, answers nothing, for each row
INSERT INTO `books` (`title`, `authorId`, `id`, `inPrint`)
VALUES (?, ?, ?, ?);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)


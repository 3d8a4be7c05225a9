-- insert, answers nothing, for each row
INSERT INTO `publishers` (`id`, `name`)
VALUES (?, ?);
--   ?1 Cell(0)
--   ?2 Cell(1)


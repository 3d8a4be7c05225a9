-- insert, answers nothing, for each row
INSERT INTO `events` (`id`, `at`, `name`)
VALUES (?, CAST(replace(?, '+00:00', '') AS DATETIME(6)), ?);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)


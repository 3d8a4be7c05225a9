-- refuse a collision if there is a row, for each row
SELECT 1
FROM DUAL
WHERE ((? = ?) IS NOT TRUE);
--   ?1 Cell(1)
--   ?2 Session { session: Uid, ty: String, list: false }

-- insert, answers the check, for each row
INSERT INTO `reviews` (`bookId`, `userId`, `stars`, `id`, `hidden`)
VALUES (?, ?, ?, ?, ?);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)

-- read what was inserted, for each row
SELECT (t1.`userId` = ?)
FROM `reviews` AS t1
WHERE (t1.`id` = coalesce(?, last_insert_id()));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Cell(3)


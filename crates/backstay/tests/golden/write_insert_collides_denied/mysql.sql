-- refuse a collision if there is a row, for each row
SELECT 1
FROM DUAL
WHERE ((? = ?) IS NOT TRUE);
--   ?1 Cell(2)
--   ?2 Session { session: Uid, ty: String, list: false }

-- insert, answers the check, for each row
INSERT INTO `loans` (`id`, `bookId`, `memberId`, `renewals`, `createdAt`, `updatedAt`)
VALUES (?, ?, ?, ?, CAST(replace(?, '+00:00', '') AS DATETIME(6)), CAST(replace(?, '+00:00', '') AS DATETIME(6)));
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Cell(5)

-- read what was inserted, for each row
SELECT (t1.`memberId` = ?)
FROM `loans` AS t1
WHERE (t1.`id` = ?);
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Cell(0)


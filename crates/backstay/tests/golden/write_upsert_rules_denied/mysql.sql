-- refuse if there is a row, for each row
SELECT 1
FROM `reviews` AS t1
WHERE ((t1.`id` = ?)
  AND (((t1.`userId` = ?) IS NOT TRUE) OR ((? = ?) IS NOT TRUE)));
--   ?1 Cell(0)
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Cell(2)
--   ?4 Session { session: Uid, ty: String, list: false }

-- count conflicts, for each row
SELECT count(*)
FROM `reviews` AS t2
WHERE (t2.`id` = ?);
--   ?1 Cell(0)

-- refuse a collision if there is a row, for each row
SELECT 1
FROM DUAL
WHERE ((? = ?) IS NOT TRUE);
--   ?1 Cell(2)
--   ?2 Session { session: Uid, ty: String, list: false }

-- change what is there, or else, for each row
UPDATE `reviews`
SET `bookId` = ?, `userId` = ?, `stars` = ?
WHERE (`reviews`.`id` = ?);
--   ?1 Cell(1)
--   ?2 Cell(2)
--   ?3 Cell(3)
--   ?4 Cell(0)

-- read what was changed, for each row
SELECT concat('[', coalesce(t4.`id`, 'null'), ']'), (t4.`userId` = ?)
FROM `reviews` AS t4
WHERE (t4.`id` = ?);
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Cell(0)

-- insert, answers keys and the check, for each row
INSERT INTO `reviews` (`id`, `bookId`, `userId`, `stars`, `hidden`) SELECT ?, ?, ?, ?, ?
FROM DUAL
WHERE NOT EXISTS (
  SELECT 1
  FROM `reviews` AS t3
  WHERE (t3.`id` = ?)
);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Cell(0)

-- read what was inserted, for each row
SELECT concat('[', coalesce(t5.`id`, 'null'), ']'), (t5.`userId` = ?)
FROM `reviews` AS t5
WHERE (t5.`id` = coalesce(?, last_insert_id()));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Cell(0)


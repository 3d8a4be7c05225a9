-- count conflicts, for each row
SELECT count(*)
FROM `settings` AS t1
WHERE ((t1.`key` = ?)
  AND (t1.`scope` = ?));
--   ?1 Cell(0)
--   ?2 Cell(1)

-- change what is there, or else, for each row
UPDATE `settings`
SET `value` = ?
WHERE ((`settings`.`key` = ?)
  AND (`settings`.`scope` = ?));
--   ?1 Cell(2)
--   ?2 Cell(0)
--   ?3 Cell(1)

-- read what was changed, for each row
SELECT concat('[', coalesce(json_quote(t3.`key`), 'null'), ',', coalesce(json_quote(t3.`scope`), 'null'), ']')
FROM `settings` AS t3
WHERE ((t3.`key` = ?)
  AND (t3.`scope` = ?));
--   ?1 Cell(0)
--   ?2 Cell(1)

-- insert, answers keys, for each row
INSERT INTO `settings` (`key`, `scope`, `value`, `revision`) SELECT ?, ?, ?, ?
FROM DUAL
WHERE NOT EXISTS (
  SELECT 1
  FROM `settings` AS t2
  WHERE ((t2.`key` = ?)
    AND (t2.`scope` = ?))
);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(0)
--   ?6 Cell(1)

-- read what was inserted, for each row
SELECT concat('[', coalesce(json_quote(t4.`key`), 'null'), ',', coalesce(json_quote(t4.`scope`), 'null'), ']')
FROM `settings` AS t4
WHERE ((t4.`key` = ?)
  AND (t4.`scope` = ?));
--   ?1 Cell(0)
--   ?2 Cell(1)

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t5.`key`), 'null'), ?, coalesce(json_quote(t5.`scope`), 'null'), ?, coalesce(json_quote(t5.`value`), 'null'), ?, coalesce(t5.`revision`, 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t6
JOIN `settings` AS t5 ON ((t5.`key` = (json_unquote(nullif(concat(json_extract(t6.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
  AND (t5.`scope` = (json_unquote(nullif(concat(json_extract(t6.`json`, '$[1]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)))
ORDER BY t6.`key`;
--   ?1 Constant(Text("{\"key\":"))
--   ?2 Constant(Text(",\"scope\":"))
--   ?3 Constant(Text(",\"value\":"))
--   ?4 Constant(Text(",\"revision\":"))
--   ?5 Keys


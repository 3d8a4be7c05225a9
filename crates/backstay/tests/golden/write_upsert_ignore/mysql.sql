-- insert, answers keys, for each row
INSERT INTO `settings` (`key`, `scope`, `value`, `revision`) SELECT ?, ?, ?, ?
FROM DUAL
WHERE NOT EXISTS (
  SELECT 1
  FROM `settings` AS t1
  WHERE ((t1.`key` = ?)
    AND (t1.`scope` = ?))
);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(0)
--   ?6 Cell(1)

-- read what was inserted, for each row
SELECT concat('[', coalesce(json_quote(t2.`key`), 'null'), ',', coalesce(json_quote(t2.`scope`), 'null'), ']')
FROM `settings` AS t2
WHERE ((t2.`key` = ?)
  AND (t2.`scope` = ?));
--   ?1 Cell(0)
--   ?2 Cell(1)

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t3.`key`), 'null'), ?, coalesce(json_quote(t3.`scope`), 'null'), ?, coalesce(json_quote(t3.`value`), 'null'), ?, coalesce(t3.`revision`, 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4
JOIN `settings` AS t3 ON ((t3.`key` = (json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
  AND (t3.`scope` = (json_unquote(nullif(concat(json_extract(t4.`json`, '$[1]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)))
ORDER BY t4.`key`;
--   ?1 Constant(Text("{\"key\":"))
--   ?2 Constant(Text(",\"scope\":"))
--   ?3 Constant(Text(",\"value\":"))
--   ?4 Constant(Text(",\"revision\":"))
--   ?5 Keys


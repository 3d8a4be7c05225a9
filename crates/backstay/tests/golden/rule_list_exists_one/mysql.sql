-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((
  SELECT count(*)
  FROM JSON_TABLE(t1.`marks`, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t2
  WHERE (CAST(t2.`value` AS SIGNED) > ?)
) = 1)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(1))
--   ?3 Constant(Int(1000))


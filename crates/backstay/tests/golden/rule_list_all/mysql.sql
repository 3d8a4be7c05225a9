-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((t1.`tags` IS NOT NULL)
  AND (NOT EXISTS (
  SELECT 1
  FROM JSON_TABLE(t1.`tags`, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t2
  WHERE ((((t2.`value` COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */) = ?) IS NOT TRUE) IS NOT TRUE)
)))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("x"))
--   ?3 Constant(Int(1000))


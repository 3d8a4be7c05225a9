-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (? IN (
  SELECT (t2.`value` COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)
  FROM JSON_TABLE(bs_json_as(json_extract(t1.`meta`, ?), ?), '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t2
))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("en"))
--   ?3 Constant(Text("$.\"langs\""))
--   ?4 Constant(Text("string[]"))
--   ?5 Constant(Int(1000))


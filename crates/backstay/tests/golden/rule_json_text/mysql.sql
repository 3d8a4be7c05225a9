-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((bs_json_as(json_extract(t1.`meta`, ?), ?) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */) = ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("$.\"tier\""))
--   ?3 Constant(Text("string"))
--   ?4 Constant(Text("gold"))
--   ?5 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((bs_json_as(json_extract(t1.`meta`, ?), ?) = 'true') = TRUE)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("$.\"flag\""))
--   ?3 Constant(Text("bool"))
--   ?4 Constant(Int(1000))


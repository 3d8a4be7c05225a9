-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (CAST(bs_json_as(json_extract(t1.`meta`, ?), ?) AS SIGNED) > ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("$.\"level\""))
--   ?3 Constant(Text("int"))
--   ?4 Constant(Int(2))
--   ?5 Constant(Int(1000))


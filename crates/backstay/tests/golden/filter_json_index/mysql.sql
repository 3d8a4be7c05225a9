-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (bs_json_cmp(json_extract(if(json_type(t1.`info`) = 'ARRAY', json_extract(t1.`info`, ?), NULL), ?), ?) = 0)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("$[2]"))
--   ?3 Constant(Text("$.\"a\""))
--   ?4 Input { slot: Slot(0), cast: Json }
--   ?5 Constant(Int(1000))


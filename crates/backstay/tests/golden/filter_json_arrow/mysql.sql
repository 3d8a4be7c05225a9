-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (bs_json_cmp(json_extract(json_extract(t1.`info`, ?), ?), ?) > 0)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("$.\"size\""))
--   ?3 Constant(Text("$.\"w\""))
--   ?4 Input { slot: Slot(0), cast: Json }
--   ?5 Constant(Int(1000))


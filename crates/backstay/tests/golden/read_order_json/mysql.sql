-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(t1.`info`, 'null'), '}')
FROM `books` AS t1
ORDER BY (bs_json_key(json_extract(t1.`info`, ?)) IS NOT NULL), bs_json_key(json_extract(t1.`info`, ?)) DESC, t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"info\":"))
--   ?3 Constant(Text("$.\"format\""))
--   ?4 Constant(Text("$.\"format\""))
--   ?5 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce(json_quote(t1.`city`), 'null'), '}')
FROM `publishers` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"name\":"))
--   ?3 Constant(Text(",\"city\":"))
--   ?4 Constant(Int(1000))


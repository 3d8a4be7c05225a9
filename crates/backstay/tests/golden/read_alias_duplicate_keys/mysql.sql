-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce(json_quote(t1.`city`), 'null'), '}')
FROM `publishers` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"id\":"))
--   ?3 Constant(Text(",\"id\":"))
--   ?4 Constant(Text(",\"name\":"))
--   ?5 Constant(Text(",\"city\":"))
--   ?6 Constant(Int(1000))


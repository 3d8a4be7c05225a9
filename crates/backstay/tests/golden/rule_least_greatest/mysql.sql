-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((least(t1.`score`, ?) = ?) OR (greatest(t1.`score`, ?) = ?))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(5))
--   ?3 Constant(Int(5))
--   ?4 Constant(Int(1))
--   ?5 Constant(Int(1))
--   ?6 Constant(Int(1000))


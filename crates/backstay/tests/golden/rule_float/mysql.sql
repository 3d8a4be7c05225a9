-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (bs_mul_double(t1.`weight`, ?) > ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Float(2.0))
--   ?3 Constant(Float(1.0))
--   ?4 Constant(Int(1000))


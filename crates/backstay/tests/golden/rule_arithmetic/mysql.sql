-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (bs_sub(bs_mul(t1.`score`, ?), ?) > ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(2))
--   ?3 Constant(Int(1))
--   ?4 Constant(Int(10))
--   ?5 Constant(Int(1000))


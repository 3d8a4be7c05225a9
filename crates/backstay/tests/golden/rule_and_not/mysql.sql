-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((t1.`state` = ?)
  AND (NOT ((t1.`score` > ?) IS TRUE)))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("published"))
--   ?3 Constant(Int(5))
--   ?4 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE t1.`open`
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (json_length(t1.`tags`) > ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(1))
--   ?3 Constant(Int(1000))


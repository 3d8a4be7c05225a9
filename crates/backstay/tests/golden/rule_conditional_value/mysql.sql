-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (CASE WHEN (t1.`open` IS TRUE) THEN t1.`score` WHEN (NOT (t1.`open` IS TRUE)) THEN ? END > ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(0))
--   ?3 Constant(Int(5))
--   ?4 Constant(Int(1000))


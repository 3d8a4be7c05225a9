-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (concat(concat(t1.`title`, ?), t1.`ownerId`) = ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("-"))
--   ?3 Constant(Text("Alpha-ana"))
--   ?4 Constant(Int(1000))


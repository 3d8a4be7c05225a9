-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (t1.`dueAt` > CAST(replace(?, '+00:00', '') AS DATETIME(6)))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Now
--   ?3 Constant(Int(1000))


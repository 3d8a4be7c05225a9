-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
LEFT JOIN `authors` AS t2 ON (t2.`id` = t1.`authorId`)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(1000))


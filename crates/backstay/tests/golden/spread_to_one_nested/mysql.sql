-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t2.`name`), 'null'), ?, coalesce(json_quote(t3.`name`), 'null'), '}')
FROM `books` AS t1
LEFT JOIN `authors` AS t2 ON (t2.`id` = t1.`authorId`)
LEFT JOIN `authors` AS t3 ON (t3.`id` = t2.`mentorId`)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"author\":"))
--   ?3 Constant(Text(",\"teacher\":"))
--   ?4 Constant(Int(1000))


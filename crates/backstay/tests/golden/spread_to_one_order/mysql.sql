-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t2.`name`), 'null'), '}')
FROM `books` AS t1
LEFT JOIN `authors` AS t2 ON (t2.`id` = t1.`authorId`)
ORDER BY t2.`name` DESC, t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"author\":"))
--   ?3 Constant(Int(1000))


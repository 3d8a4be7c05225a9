-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t1.`title`), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"title\":"))
--   ?3 Constant(Int(1000))


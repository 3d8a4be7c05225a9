-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (json_extract(t1.`info`, ?) IS NULL)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("$.\"a.b\""))
--   ?3 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(t1.`scores`, 'null'), '}')
FROM `books` AS t1
ORDER BY (bs_json_key(t1.`scores`) IS NULL), bs_json_key(t1.`scores`), t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"scores\":"))
--   ?3 Constant(Int(1000))


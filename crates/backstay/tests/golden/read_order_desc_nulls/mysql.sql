-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(t1.`pages`, 'null'), '}')
FROM `books` AS t1
ORDER BY (t1.`pages` IS NOT NULL), t1.`pages` DESC, t1.`title`, t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"pages\":"))
--   ?3 Constant(Int(1000))


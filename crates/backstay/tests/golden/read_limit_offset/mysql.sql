-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?
OFFSET ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Input { slot: Slot(0), cast: Limit { max: 1000 } }
--   ?3 Input { slot: Slot(1), cast: Offset }


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (lower(t1.`title`) LIKE lower(?) ESCAPE '\')
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Input { slot: Slot(0), cast: Text }
--   ?3 Constant(Int(1000))


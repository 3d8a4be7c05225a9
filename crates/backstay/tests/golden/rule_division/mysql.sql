-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((bs_div(?, t1.`score`) > ?) OR (t1.`ownerId` = ?))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(10))
--   ?3 Constant(Int(0))
--   ?4 Session { session: Uid, ty: String, list: false }
--   ?5 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t1.`memberId`), 'null'), '}')
FROM `loans` AS t1
WHERE ((t1.`memberId` = ?)
  AND (t1.`returnedAt` IS NULL))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"memberId\":"))
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Constant(Int(1000))


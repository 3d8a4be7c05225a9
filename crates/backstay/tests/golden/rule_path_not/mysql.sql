-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (NOT (((
  SELECT t2.`ownerId`
  FROM `projects` AS t2
  WHERE (t2.`id` = t1.`projectId`)
  LIMIT 1
) = ?) IS TRUE))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Constant(Int(1000))


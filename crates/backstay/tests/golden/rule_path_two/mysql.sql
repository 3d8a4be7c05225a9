-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((
  SELECT t3.`ownerId`
  FROM `projects` AS t2
  JOIN `projects` AS t3 ON (t3.`id` = t2.`parentId`)
  WHERE (t2.`id` = t1.`projectId`)
  LIMIT 1
) = ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Constant(Int(1000))


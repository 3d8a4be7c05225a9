-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE EXISTS (
  SELECT 1
  FROM `projects` AS t2
  JOIN `members` AS t3 ON ((t3.`projectId` = t2.`id`)
    AND (t3.`leftAt` IS NULL))
  WHERE ((t2.`id` = t1.`projectId`)
    AND (t3.`userId` = ?))
)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Constant(Int(1000))


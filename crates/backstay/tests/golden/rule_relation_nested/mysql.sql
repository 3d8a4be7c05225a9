-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE EXISTS (
  SELECT 1
  FROM `projects` AS t2
  JOIN `docs` AS t3 ON (t3.`projectId` = t2.`id`)
  WHERE ((t2.`id` = t1.`projectId`)
    AND ((t3.`ownerId` = ?) AND EXISTS (
    SELECT 1
    FROM `projects` AS t4
    JOIN `members` AS t5 ON ((t5.`projectId` = t4.`id`)
      AND (t5.`leftAt` IS NULL))
    WHERE ((t4.`id` = t3.`projectId`)
      AND (t5.`userId` = ?))
  )))
)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Constant(Text("ben"))
--   ?4 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((
  SELECT count(*)
  FROM `projects` AS t2
  JOIN `members` AS t3 ON ((t3.`projectId` = t2.`id`)
    AND (t3.`leftAt` IS NULL))
  WHERE (t2.`id` = t1.`projectId`)
) < ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(2))
--   ?3 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(json_quote(t2.`name`), 'null'), '}') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `authors` AS t2
  WHERE (t2.`mentorId` = t1.`id`)
), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"pupils\":"))
--   ?3 Constant(Text("{\"name\":"))
--   ?4 Constant(Int(1000))
--   ?5 Constant(Int(1000))


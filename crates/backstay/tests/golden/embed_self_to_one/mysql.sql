-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT concat(?, coalesce(json_quote(t2.`name`), 'null'), '}')
  FROM `authors` AS t2
  WHERE (t2.`id` = t1.`mentorId`)
  LIMIT 1
), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"mentor\":"))
--   ?3 Constant(Text("{\"name\":"))
--   ?4 Constant(Int(1000))


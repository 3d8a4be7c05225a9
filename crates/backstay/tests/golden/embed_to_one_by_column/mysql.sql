-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT concat(?, coalesce(json_quote(t2.`name`), 'null'), '}')
  FROM `authors` AS t2
  WHERE (t2.`id` = t1.`authorId`)
  LIMIT 1
), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"authorId\":"))
--   ?3 Constant(Text("{\"name\":"))
--   ?4 Constant(Int(1000))


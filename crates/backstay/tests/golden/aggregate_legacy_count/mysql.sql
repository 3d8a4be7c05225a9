-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce(coalesce((
  SELECT concat('[', concat(?, coalesce(count(*), 'null'), '}'), ']')
  FROM `books` AS t2
  WHERE (t2.`authorId` = t1.`id`)
  LIMIT ?
), '[]'), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"count\":"))
--   ?4 Constant(Int(1000))
--   ?5 Constant(Int(1000))


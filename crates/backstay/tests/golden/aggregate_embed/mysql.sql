-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce(coalesce((
  SELECT concat('[', concat(?, coalesce(sum(t2.`pages`), 'null'), ?, coalesce(count(*), 'null'), '}'), ']')
  FROM `books` AS t2
  WHERE (t2.`authorId` = t1.`id`)
  LIMIT ?
), '[]'), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"sum\":"))
--   ?4 Constant(Text(",\"count\":"))
--   ?5 Constant(Int(1000))
--   ?6 Constant(Int(1000))


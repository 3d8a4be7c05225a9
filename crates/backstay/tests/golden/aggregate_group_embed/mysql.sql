-- read, JSON rows
SELECT concat(?, coalesce((
  SELECT concat(?, coalesce(json_quote(t2.`name`), 'null'), '}')
  FROM `authors` AS t2
  WHERE (t2.`id` = t1.`authorId`)
  LIMIT 1
), 'null'), ?, coalesce(sum(t1.`pages`), 'null'), '}')
FROM `books` AS t1
GROUP BY (
  SELECT concat(?, coalesce(json_quote(t2.`name`), 'null'), '}')
  FROM `authors` AS t2
  WHERE (t2.`id` = t1.`authorId`)
  LIMIT 1
)
ORDER BY bs_json_key((
  SELECT concat(?, coalesce(json_quote(t2.`name`), 'null'), '}')
  FROM `authors` AS t2
  WHERE (t2.`id` = t1.`authorId`)
  LIMIT 1
))
LIMIT ?;
--   ?1 Constant(Text("{\"author\":"))
--   ?2 Constant(Text("{\"name\":"))
--   ?3 Constant(Text(",\"sum\":"))
--   ?4 Constant(Text("{\"name\":"))
--   ?5 Constant(Text("{\"name\":"))
--   ?6 Constant(Int(1000))


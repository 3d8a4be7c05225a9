-- read, JSON rows
SELECT concat(?, coalesce((
  SELECT concat(?, coalesce(json_quote(t2.`name`), 'null'), '}')
  FROM `authors` AS t2
  WHERE (t2.`id` = t1.`authorId`)
  LIMIT 1
), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"author\":"))
--   ?2 Constant(Text("{\"name\":"))
--   ?3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


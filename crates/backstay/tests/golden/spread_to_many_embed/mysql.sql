-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce(json_quote(t2.`title`), 'null') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t2
  WHERE (t2.`publisherId` = t1.`id`)
), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(coalesce((
    SELECT concat(?, coalesce(json_quote(t5.`name`), 'null'), '}')
    FROM `authors` AS t5
    WHERE (t5.`id` = t4.`authorId`)
    LIMIT 1
  ), 'null') ORDER BY t4.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t4
  WHERE (t4.`publisherId` = t1.`id`)
), 'null'), '}')
FROM `publishers` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"title\":"))
--   ?3 Constant(Int(1000))
--   ?4 Constant(Text(",\"author\":"))
--   ?5 Constant(Text("{\"name\":"))
--   ?6 Constant(Int(1000))
--   ?7 Constant(Int(1000))


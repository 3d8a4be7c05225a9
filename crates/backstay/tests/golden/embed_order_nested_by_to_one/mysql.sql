-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(json_quote(t2.`title`), 'null'), ?, coalesce((
    SELECT concat(?, coalesce(json_quote(t3.`name`), 'null'), '}')
    FROM `authors` AS t3
    WHERE (t3.`id` = t2.`authorId`)
    LIMIT 1
  ), 'null'), '}') ORDER BY ((
    SELECT t4.`name`
    FROM `authors` AS t4
    WHERE (t4.`id` = t2.`authorId`)
    LIMIT 1
  ) IS NULL), (
    SELECT t4.`name`
    FROM `authors` AS t4
    WHERE (t4.`id` = t2.`authorId`)
    LIMIT 1
  ), t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t2
  WHERE (t2.`publisherId` = t1.`id`)
), 'null'), '}')
FROM `publishers` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"title\":"))
--   ?4 Constant(Text(",\"author\":"))
--   ?5 Constant(Text("{\"name\":"))
--   ?6 Constant(Int(1000))
--   ?7 Constant(Int(1000))


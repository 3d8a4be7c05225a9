-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(json_quote(t4.`title`), 'null'), ?, coalesce((
    SELECT concat(?, coalesce(json_quote(t6.`name`), 'null'), '}')
    FROM `authors` AS t6
    WHERE ((t6.`id` = t4.`authorId`)
      AND (t6.`name` LIKE ? ESCAPE '\'))
    LIMIT 1
  ), 'null'), '}') ORDER BY t4.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t4
  WHERE ((t4.`publisherId` = t1.`id`) AND EXISTS (
    SELECT 1
    FROM `authors` AS t5
    WHERE ((t5.`id` = t4.`authorId`)
      AND (t5.`name` LIKE ? ESCAPE '\'))
  ))
), 'null'), '}')
FROM `publishers` AS t1
WHERE EXISTS (
  SELECT 1
  FROM `books` AS t2
  WHERE ((t2.`publisherId` = t1.`id`) AND EXISTS (
    SELECT 1
    FROM `authors` AS t3
    WHERE ((t3.`id` = t2.`authorId`)
      AND (t3.`name` LIKE ? ESCAPE '\'))
  ))
)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"title\":"))
--   ?4 Constant(Text(",\"author\":"))
--   ?5 Constant(Text("{\"name\":"))
--   ?6 Input { slot: Slot(0), cast: Text }
--   ?7 Constant(Int(1000))
--   ?8 Input { slot: Slot(0), cast: Text }
--   ?9 Input { slot: Slot(0), cast: Text }
--   ?10 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(t3.`c0` ORDER BY t3.`c1` SEPARATOR ','), ']'), '[]')
  FROM (
    SELECT concat(?, coalesce(json_quote(t2.`genre`), 'null'), ?, coalesce(count(*), 'null'), '}') AS `c0`, t2.`genre` AS `c1`, t2.`authorId` AS `c2`, row_number() OVER (PARTITION BY t2.`authorId` ORDER BY t2.`genre`) AS `c3`
    FROM `books` AS t2
    GROUP BY t2.`genre`, t2.`authorId`
  ) AS t3
  WHERE ((t3.`c2` = t1.`id`)
    AND (t3.`c3` <= ?))
), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"genre\":"))
--   ?4 Constant(Text(",\"count\":"))
--   ?5 Constant(Int(1000))
--   ?6 Constant(Int(1000))


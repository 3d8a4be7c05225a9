-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT concat(?, coalesce(json_quote(t2.`memberId`), 'null'), '}')
  FROM `loans` AS t2
  WHERE ((t2.`bookId` = t1.`id`)
    AND (t2.`returnedAt` IS NULL))
  LIMIT 1
), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"loans\":"))
--   ?3 Constant(Text("{\"memberId\":"))
--   ?4 Constant(Int(1000))


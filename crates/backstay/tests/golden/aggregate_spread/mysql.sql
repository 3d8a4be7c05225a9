-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`genre`), 'null'), ?, coalesce(json_quote(t2.`country`), 'null'), ?, coalesce(count(t2.`id`), 'null'), '}')
FROM `books` AS t1
LEFT JOIN `authors` AS t2 ON (t2.`id` = t1.`authorId`)
GROUP BY t1.`genre`, t2.`country`
ORDER BY (t1.`genre` IS NULL), t1.`genre`, t2.`country`
LIMIT ?;
--   ?1 Constant(Text("{\"genre\":"))
--   ?2 Constant(Text(",\"country\":"))
--   ?3 Constant(Text(",\"authors\":"))
--   ?4 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`genre`), 'null'), ?, coalesce(count(t2.`id`), 'null'), '}')
FROM `books` AS t1
LEFT JOIN `authors` AS t2 ON (t2.`id` = t1.`authorId`)
GROUP BY t1.`genre`
ORDER BY t1.`genre`
LIMIT ?;
--   ?1 Constant(Text("{\"genre\":"))
--   ?2 Constant(Text(",\"count\":"))
--   ?3 Constant(Int(1000))


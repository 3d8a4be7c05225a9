-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t3.`name`), 'null'), ?, coalesce(count(t2.`id`), 'null'), '}')
FROM `books` AS t1
LEFT JOIN `authors` AS t2 ON (t2.`id` = t1.`authorId`)
LEFT JOIN `authors` AS t3 ON (t3.`id` = t2.`mentorId`)
GROUP BY t3.`name`
ORDER BY t3.`name`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"n\":"))
--   ?3 Constant(Int(1000))


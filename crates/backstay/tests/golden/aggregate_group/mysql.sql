-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`genre`), 'null'), ?, coalesce(count(*), 'null'), ?, coalesce(sum(t1.`pages`), 'null'), '}')
FROM `books` AS t1
GROUP BY t1.`genre`
ORDER BY t1.`genre` DESC
LIMIT ?;
--   ?1 Constant(Text("{\"genre\":"))
--   ?2 Constant(Text(",\"n\":"))
--   ?3 Constant(Text(",\"sum\":"))
--   ?4 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(t1.`price` AS DECIMAL(65,30))))), 'null'), '}')
FROM `books` AS t1
ORDER BY (t1.`price` IS NULL), t1.`price`, t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"price\":"))
--   ?3 Constant(Int(1000))


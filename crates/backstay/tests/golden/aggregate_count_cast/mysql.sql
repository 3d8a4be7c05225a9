-- read, JSON rows
SELECT concat(?, coalesce(json_quote(concat(count(*))), 'null'), '}')
FROM `books` AS t1
LIMIT ?;
--   ?1 Constant(Text("{\"count\":"))
--   ?2 Constant(Int(1000))


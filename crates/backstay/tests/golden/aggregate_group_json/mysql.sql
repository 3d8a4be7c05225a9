-- read, JSON rows
SELECT concat(?, coalesce(json_extract(t1.`info`, ?), 'null'), ?, coalesce(count(*), 'null'), '}')
FROM `books` AS t1
GROUP BY json_extract(t1.`info`, ?)
ORDER BY bs_json_key(json_extract(t1.`info`, ?))
LIMIT ?;
--   ?1 Constant(Text("{\"format\":"))
--   ?2 Constant(Text("$.\"format\""))
--   ?3 Constant(Text(",\"count\":"))
--   ?4 Constant(Text("$.\"format\""))
--   ?5 Constant(Text("$.\"format\""))
--   ?6 Constant(Int(1000))


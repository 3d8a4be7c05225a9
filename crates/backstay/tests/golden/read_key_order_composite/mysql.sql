-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`key`), 'null'), ?, coalesce(json_quote(t1.`scope`), 'null'), ?, coalesce(json_quote(t1.`value`), 'null'), ?, coalesce(t1.`revision`, 'null'), '}')
FROM `settings` AS t1
ORDER BY t1.`key`, t1.`scope`
LIMIT ?;
--   ?1 Constant(Text("{\"key\":"))
--   ?2 Constant(Text(",\"scope\":"))
--   ?3 Constant(Text(",\"value\":"))
--   ?4 Constant(Text(",\"revision\":"))
--   ?5 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(sum(t1.`pages`), 'null'), ?, coalesce((CAST(sum(t1.`pages`) AS DOUBLE) / count(t1.`pages`)), 'null'), ?, coalesce(min(t1.`pages`), 'null'), ?, coalesce(max(t1.`pages`), 'null'), ?, coalesce(count(t1.`pages`), 'null'), '}')
FROM `books` AS t1
LIMIT ?;
--   ?1 Constant(Text("{\"sum\":"))
--   ?2 Constant(Text(",\"avg\":"))
--   ?3 Constant(Text(",\"min\":"))
--   ?4 Constant(Text(",\"max\":"))
--   ?5 Constant(Text(",\"count\":"))
--   ?6 Constant(Int(1000))


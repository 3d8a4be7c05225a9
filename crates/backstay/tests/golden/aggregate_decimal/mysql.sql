-- read, JSON rows
SELECT concat(?, coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(sum(t1.`price`) AS DECIMAL(65,30))))), 'null'), ?, coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(round(avg(t1.`price`), 16) AS DECIMAL(65,30))))), 'null'), ?, coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(min(t1.`price`) AS DECIMAL(65,30))))), 'null'), ?, coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(max(t1.`price`) AS DECIMAL(65,30))))), 'null'), '}')
FROM `books` AS t1
LIMIT ?;
--   ?1 Constant(Text("{\"sum\":"))
--   ?2 Constant(Text(",\"avg\":"))
--   ?3 Constant(Text(",\"min\":"))
--   ?4 Constant(Text(",\"max\":"))
--   ?5 Constant(Int(1000))


-- read, JSON rows, the total first
SELECT t5.`c0`
FROM (
  SELECT count(*) AS `c0`, NULL AS `c1`
  FROM (
    SELECT 1 AS `one`
    FROM `books` AS t2
  ) AS t3
  UNION ALL SELECT t4.`c0` AS `c0`, t4.`c1` AS `c1`
  FROM (
    SELECT concat(?, coalesce(json_quote(concat(max(t1.`id`))), 'null'), ?, coalesce(count(*), 'null'), '}') AS `c0`, 1 AS `c1`
    FROM `books` AS t1
    LIMIT ?
  ) AS t4
) AS t5
ORDER BY t5.`c1`;
--   ?1 Constant(Text("{\"max\":"))
--   ?2 Constant(Text(",\"count\":"))
--   ?3 Constant(Int(1000))


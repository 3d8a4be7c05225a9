-- read, JSON rows, the total first
SELECT t5.`c0`
FROM (
  SELECT count(*) AS `c0`, NULL AS `c1`
  FROM (
    SELECT 1 AS `one`
    FROM `books` AS t2
    GROUP BY t2.`genre`
  ) AS t3
  UNION ALL SELECT t4.`c0` AS `c0`, t4.`c1` AS `c1`
  FROM (
    SELECT concat(?, coalesce(json_quote(t1.`genre`), 'null'), ?, coalesce(count(*), 'null'), '}') AS `c0`, row_number() OVER (ORDER BY t1.`genre`) AS `c1`
    FROM `books` AS t1
    GROUP BY t1.`genre`
    ORDER BY t1.`genre`
    LIMIT ?
  ) AS t4
) AS t5
ORDER BY t5.`c1`;
--   ?1 Constant(Text("{\"genre\":"))
--   ?2 Constant(Text(",\"count\":"))
--   ?3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


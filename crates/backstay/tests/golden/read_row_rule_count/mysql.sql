-- read, JSON rows, the total first
SELECT t5.`c0`
FROM (
  SELECT count(*) AS `c0`, NULL AS `c1`
  FROM (
    SELECT 1 AS `one`
    FROM `reviews` AS t2
    WHERE (t2.`hidden` = FALSE)
  ) AS t3
  UNION ALL SELECT t4.`c0` AS `c0`, t4.`c1` AS `c1`
  FROM (
    SELECT concat(?, coalesce(t1.`id`, 'null'), '}') AS `c0`, row_number() OVER (ORDER BY t1.`id`) AS `c1`
    FROM `reviews` AS t1
    WHERE (t1.`hidden` = FALSE)
    ORDER BY t1.`id`
    LIMIT ?
  ) AS t4
) AS t5
ORDER BY t5.`c1`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Input { slot: Slot(0), cast: Limit { max: 1000 } }


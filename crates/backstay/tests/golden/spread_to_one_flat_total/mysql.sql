-- read, JSON rows, the total first
SELECT t7.`c0`
FROM (
  SELECT count(*) AS `c0`, NULL AS `c1`
  FROM (
    SELECT 1 AS `one`
    FROM `books` AS t3
    LEFT JOIN `authors` AS t4 ON (t4.`id` = t3.`authorId`)
  ) AS t5
  UNION ALL SELECT t6.`c0` AS `c0`, t6.`c1` AS `c1`
  FROM (
    SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t2.`name`), 'null'), '}') AS `c0`, row_number() OVER (ORDER BY t1.`id`) AS `c1`
    FROM `books` AS t1
    LEFT JOIN `authors` AS t2 ON (t2.`id` = t1.`authorId`)
    ORDER BY t1.`id`
    LIMIT ?
  ) AS t6
) AS t7
ORDER BY t7.`c1`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"author\":"))
--   ?3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


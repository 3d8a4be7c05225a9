-- read, JSON rows, the total first
SELECT t7.`c0`
FROM (
  SELECT count(*) AS `c0`, NULL AS `c1`
  FROM (
    SELECT 1 AS `one`
    FROM `books` AS t3
    WHERE (t3.`pages` > ?)
  ) AS t5
  UNION ALL SELECT t6.`c0` AS `c0`, t6.`c1` AS `c1`
  FROM (
    SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
      SELECT concat(?, coalesce(json_quote(t2.`name`), 'null'), '}')
      FROM `authors` AS t2
      WHERE (t2.`id` = t1.`authorId`)
      LIMIT 1
    ), 'null'), '}') AS `c0`, row_number() OVER (ORDER BY t1.`id`) AS `c1`
    FROM `books` AS t1
    WHERE (t1.`pages` > ?)
    ORDER BY t1.`id`
    LIMIT ?
  ) AS t6
) AS t7
ORDER BY t7.`c1`;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?2 Constant(Text("{\"id\":"))
--   ?3 Constant(Text(",\"author\":"))
--   ?4 Constant(Text("{\"name\":"))
--   ?5 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?6 Input { slot: Slot(1), cast: Limit { max: 1000 } }


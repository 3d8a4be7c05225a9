-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(json_quote(t2.`title`), 'null'), '}') ORDER BY (t2.`pages` IS NOT NULL), t2.`pages` DESC, t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t2
  WHERE ((t2.`authorId` = t1.`id`)
    AND (t2.`pages` > ?))
), 'null'), '}')
FROM `authors` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"title\":"))
--   ?4 Input { slot: Slot(1), cast: Limit { max: 1000 } }
--   ?5 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?6 Constant(Int(1000))


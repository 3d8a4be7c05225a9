-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT concat(?, coalesce(json_quote(t3.`name`), 'null'), '}')
  FROM `authors` AS t3
  WHERE ((t3.`id` = t1.`authorId`)
    AND (t3.`country` = ?))
  LIMIT 1
), 'null'), '}')
FROM `books` AS t1
WHERE EXISTS (
  SELECT 1
  FROM `authors` AS t2
  WHERE ((t2.`id` = t1.`authorId`)
    AND (t2.`country` = ?))
)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"author\":"))
--   ?3 Constant(Text("{\"name\":"))
--   ?4 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?5 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?6 Constant(Int(1000))


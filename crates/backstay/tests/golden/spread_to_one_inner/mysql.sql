-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t2.`name`), 'null'), '}')
FROM `books` AS t1
LEFT JOIN `authors` AS t2 ON ((t2.`id` = t1.`authorId`)
  AND (t2.`country` = ?))
WHERE EXISTS (
  SELECT 1
  FROM `authors` AS t3
  WHERE ((t3.`id` = t1.`authorId`)
    AND (t3.`country` = ?))
)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"author\":"))
--   ?3 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?4 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?5 Constant(Int(1000))


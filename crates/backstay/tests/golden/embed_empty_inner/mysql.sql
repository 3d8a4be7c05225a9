-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
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
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?3 Constant(Int(1000))


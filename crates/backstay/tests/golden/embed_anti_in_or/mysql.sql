-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), '}')
FROM `authors` AS t1
WHERE ((NOT EXISTS (
  SELECT 1
  FROM `books` AS t2
  WHERE (t2.`authorId` = t1.`id`)
)) OR (t1.`country` = ?))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?3 Constant(Int(1000))


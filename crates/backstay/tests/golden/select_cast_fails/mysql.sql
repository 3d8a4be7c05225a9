-- read, JSON rows
SELECT concat(?, coalesce(CAST(bs_cast(t1.`title`, 'integer') AS SIGNED), 'null'), '}')
FROM `books` AS t1
WHERE (t1.`id` = ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"title\":"))
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?3 Constant(Int(1000))


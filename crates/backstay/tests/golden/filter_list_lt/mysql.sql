-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (bs_json_cmp(t1.`scores`, ?) < 0)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: true, nullable: true, items_nullable: false }) }
--   ?3 Constant(Int(1000))


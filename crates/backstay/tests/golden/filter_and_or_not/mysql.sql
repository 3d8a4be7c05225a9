-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE ((t1.`pages` = ?) OR (NOT ((t1.`genre` = ?)
  AND (t1.`rating` > ?))) OR json_contains(t1.`tags`, ?))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Enum(EnumId(0)), list: false, nullable: true, items_nullable: false }) }
--   ?4 Input { slot: Slot(2), cast: Field(FieldType { scalar: Float, list: false, nullable: true, items_nullable: false }) }
--   ?5 Input { slot: Slot(3), cast: Field(FieldType { scalar: String, list: true, nullable: true, items_nullable: false }) }
--   ?6 Constant(Int(1000))


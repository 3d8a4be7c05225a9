-- read, JSON rows
SELECT concat(?, coalesce(sum(t1.`pages`), 'null'), ?, coalesce(count(*), 'null'), '}')
FROM `books` AS t1
WHERE (t1.`id` = ?)
LIMIT ?;
--   ?1 Constant(Text("{\"sum\":"))
--   ?2 Constant(Text(",\"count\":"))
--   ?3 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?4 Constant(Int(1000))


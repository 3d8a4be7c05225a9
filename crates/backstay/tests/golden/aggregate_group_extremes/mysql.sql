-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`genre`), 'null'), ?, coalesce(max(coalesce(t1.`pages`)), 'null'), ?, coalesce(min(coalesce(t1.`pages`)), 'null'), '}')
FROM `books` AS t1
WHERE (NOT (t1.`pages` <=> ?))
GROUP BY t1.`genre`
ORDER BY t1.`genre`
LIMIT ?;
--   ?1 Constant(Text("{\"genre\":"))
--   ?2 Constant(Text(",\"max\":"))
--   ?3 Constant(Text(",\"min\":"))
--   ?4 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?5 Constant(Int(1000))


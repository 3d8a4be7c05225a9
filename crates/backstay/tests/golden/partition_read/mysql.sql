-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t1.`at`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), '}')
FROM `events` AS t1
WHERE (t1.`at` >= CAST(replace(?, '+00:00', '') AS DATETIME(6)))
ORDER BY t1.`at`, t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"name\":"))
--   ?3 Constant(Text(",\"at\":"))
--   ?4 Input { slot: Slot(0), cast: Field(FieldType { scalar: DateTime, list: false, nullable: false, items_nullable: false }) }
--   ?5 Constant(Int(1000))


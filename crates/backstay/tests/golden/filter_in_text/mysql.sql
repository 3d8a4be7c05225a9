-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (t1.`genre` IN (
  SELECT (t2.`value` COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t2
))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Enum(EnumId(0)), list: false, nullable: true, items_nullable: false }) }
--   ?3 Constant(Int(1000))


-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `reviews` AS t1
WHERE (((t1.`hidden` = FALSE) OR (t1.`userId` = ?))
  AND (
  SELECT CASE WHEN (max((CASE WHEN (t1.`userId` = ?) THEN t1.`note` END = (t2.`value` COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))) = TRUE) THEN TRUE WHEN (count(*) = count((CASE WHEN (t1.`userId` = ?) THEN t1.`note` END = (t2.`value` COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)))) THEN FALSE END
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t2
))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Session { session: Uid, ty: String, list: false }
--   ?5 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?6 Constant(Int(1000))


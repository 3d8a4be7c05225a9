-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(concat(t1.`pages`)), 'null'), ?, coalesce(json_quote(concat(t1.`rating`)), 'null'), ?, coalesce(json_quote(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(t1.`price` AS DECIMAL(65,30)))))), 'null'), ?, coalesce(json_quote(elt(1 + t1.`inPrint`, 'false', 'true')), 'null'), ?, coalesce(json_quote(concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t1.`addedAt`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00')), 'null'), ?, coalesce(json_quote(t1.`title`), 'null'), ?, coalesce(CAST(bs_cast(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(t1.`price` AS DECIMAL(65,30))))), 'integer') AS SIGNED), 'null'), ?, coalesce(json_quote((json_unquote(nullif(concat(json_extract(t1.`info`, ?)), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)), 'null'), '}')
FROM `books` AS t1
WHERE (t1.`id` IN (
  SELECT CAST(t2.`value` AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t2
))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"pages\":"))
--   ?3 Constant(Text(",\"rating\":"))
--   ?4 Constant(Text(",\"price\":"))
--   ?5 Constant(Text(",\"inPrint\":"))
--   ?6 Constant(Text(",\"addedAt\":"))
--   ?7 Constant(Text(",\"title\":"))
--   ?8 Constant(Text(",\"price\":"))
--   ?9 Constant(Text(",\"format\":"))
--   ?10 Constant(Text("$.\"format\""))
--   ?11 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?12 Constant(Int(1000))


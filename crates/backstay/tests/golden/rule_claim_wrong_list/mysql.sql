-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (NOT CASE WHEN (t1.`projectId` IN (
  SELECT CAST(t2.`value` AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ PATH '$', `json` json PATH '$')) AS t2
)) THEN TRUE WHEN (((? IS NOT NULL)
  AND (? IS NULL))
  AND (t1.`projectId` IS NOT NULL)) THEN NULL ELSE FALSE END)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Claim(["tier"]), ty: Int, list: true }
--   ?3 Session { session: Claim(["tier"]), ty: Dynamic, list: false }
--   ?4 Session { session: Claim(["tier"]), ty: Int, list: true }
--   ?5 Constant(Int(1000))


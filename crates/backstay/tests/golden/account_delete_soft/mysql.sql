-- refuse if there was a row and is none at the end
SELECT 1
FROM `learners` AS t1
WHERE ((t1.`role` = ?)
  AND (t1.`deletedAt` IS NULL) AND EXISTS (
  SELECT 1
  FROM `auth_users` AS t2
  WHERE ((t2.`id` = t1.`id`)
    AND (t2.`deleted_at` IS NULL)
    AND ((t2.`banned_until` IS NULL) OR (t2.`banned_until` <= CAST(replace(?, '+00:00', '') AS DATETIME(6)))))
));
--   ?1 ProtectedRole
--   ?2 Now

-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(json_quote(t3.`id`), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `learners` AS t3
WHERE ((t3.`deletedAt` IS NULL)
  AND (t3.`id` = ?)
  AND (t3.`deletedAt` IS NULL)) FOR UPDATE;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing
UPDATE `learners`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4 ON (`learners`.`id` = (json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
SET `learners`.`updatedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6)), `learners`.`deletedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6)), `learners`.`version` = (`learners`.`version` + 1)
WHERE (`learners`.`deletedAt` IS NULL);
--   ?1 Keys
--   ?2 Now
--   ?3 Now

-- so that account and profile agree
UPDATE `auth_users`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5 ON (`auth_users`.`id` = (json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
SET `auth_users`.`deleted_at` = CAST(replace(?, '+00:00', '') AS DATETIME(6)), `auth_users`.`updated_at` = CAST(replace(?, '+00:00', '') AS DATETIME(6));
--   ?1 Keys
--   ?2 Now
--   ?3 Now

-- so that account and profile agree
UPDATE `auth_sessions`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t6 ON (`auth_sessions`.`user_id` = (json_unquote(nullif(concat(json_extract(t6.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
SET `auth_sessions`.`revoked_at` = CAST(replace(?, '+00:00', '') AS DATETIME(6)), `auth_sessions`.`revoke_reason` = ?
WHERE (`auth_sessions`.`revoked_at` IS NULL);
--   ?1 Keys
--   ?2 Now
--   ?3 Constant(Text("user_deleted"))

-- so that account and profile agree
DELETE `auth_one_time_tokens`
FROM `auth_one_time_tokens`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t7 ON (`auth_one_time_tokens`.`user_id` = (json_unquote(nullif(concat(json_extract(t7.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */));
--   ?1 Keys


-- refuse if there is a row, for each row
SELECT 1
FROM `auth_users` AS t1
WHERE ((t1.`id` = ?)
  AND ((t1.`deleted_at` IS NOT NULL) OR ((NOT EXISTS (
  SELECT 1
  FROM `learners` AS t2
  WHERE (t2.`id` = t1.`id`)
))
  AND (NOT (t1.`email` <=> lower(?))))));
--   ?1 Cell(0)
--   ?2 Cell(2)

-- insert, answers keys, for each row
INSERT INTO `learners` (`id`, `name`, `email`, `role`, `createdAt`, `updatedAt`)
VALUES (?, ?, ?, ?, CAST(replace(?, '+00:00', '') AS DATETIME(6)), CAST(replace(?, '+00:00', '') AS DATETIME(6)));
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Cell(5)

-- read what was inserted, for each row
SELECT concat('[', coalesce(json_quote(t3.`id`), 'null'), ']')
FROM `learners` AS t3
WHERE (t3.`id` = ?);
--   ?1 Cell(0)

-- so that account and profile agree
INSERT INTO `auth_users` (`id`, `email`, `email_change_current_confirmed`, `email_change_new_confirmed`, `app_metadata`, `user_metadata`, `is_anonymous`, `is_sso`, `must_change_password`, `is_self_made`, `failed_attempts`, `created_at`, `updated_at`) SELECT t4.`id`, lower(t4.`email`), ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(replace(?, '+00:00', '') AS DATETIME(6)), CAST(replace(?, '+00:00', '') AS DATETIME(6))
FROM `learners` AS t4
WHERE ((t4.`id` IN (
  SELECT json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null'))
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
))
  AND (NOT EXISTS (
  SELECT 1
  FROM `auth_users` AS t6
  WHERE (t6.`id` = t4.`id`)
)));
--   ?1 Constant(Bool(false))
--   ?2 Constant(Bool(false))
--   ?3 Constant(Text("{}"))
--   ?4 Constant(Text("{}"))
--   ?5 Constant(Bool(false))
--   ?6 Constant(Bool(false))
--   ?7 Constant(Bool(false))
--   ?8 Constant(Bool(false))
--   ?9 Constant(Int(0))
--   ?10 Now
--   ?11 Now
--   ?12 Keys


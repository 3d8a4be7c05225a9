-- refuse if there was a row and is none at the end
SELECT 1
FROM `learners` AS t1
WHERE ((t1.`role` = ?) AND EXISTS (
  SELECT 1
  FROM `auth_users` AS t2
  WHERE ((t2.`id` = t1.`id`)
    AND (t2.`deleted_at` IS NULL)
    AND ((t2.`banned_until` IS NULL) OR (t2.`banned_until` <= CAST(replace(?, '+00:00', '') AS DATETIME(6)))))
));
--   ?1 ProtectedRole
--   ?2 Now

-- refuse if there is a row, for each row
SELECT 1
FROM `auth_users` AS t3
WHERE ((t3.`id` = ?)
  AND ((t3.`deleted_at` IS NOT NULL) OR ((NOT EXISTS (
  SELECT 1
  FROM `learners` AS t4
  WHERE (t4.`id` = t3.`id`)
))
  AND (NOT (t3.`email` <=> lower(?))))));
--   ?1 Cell(0)
--   ?2 Cell(2)

-- count conflicts, for each row
SELECT count(*)
FROM `learners` AS t5
WHERE (t5.`id` = ?);
--   ?1 Cell(0)

-- change what is there, or else, for each row
UPDATE `learners`
SET `name` = ?, `email` = ?, `role` = ?, `updatedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6))
WHERE (`learners`.`id` = ?);
--   ?1 Cell(1)
--   ?2 Cell(2)
--   ?3 Cell(3)
--   ?4 Cell(5)
--   ?5 Cell(0)

-- read what was changed, for each row
SELECT concat('[', coalesce(json_quote(t7.`id`), 'null'), ']')
FROM `learners` AS t7
WHERE (t7.`id` = ?);
--   ?1 Cell(0)

-- insert, answers keys, for each row
INSERT INTO `learners` (`id`, `name`, `email`, `role`, `createdAt`, `updatedAt`) SELECT ?, ?, ?, ?, CAST(replace(?, '+00:00', '') AS DATETIME(6)), CAST(replace(?, '+00:00', '') AS DATETIME(6))
FROM DUAL
WHERE NOT EXISTS (
  SELECT 1
  FROM `learners` AS t6
  WHERE (t6.`id` = ?)
);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Cell(5)
--   ?7 Cell(0)

-- read what was inserted, for each row
SELECT concat('[', coalesce(json_quote(t8.`id`), 'null'), ']')
FROM `learners` AS t8
WHERE (t8.`id` = ?);
--   ?1 Cell(0)

-- so that account and profile agree
INSERT INTO `auth_users` (`id`, `email`, `email_change_current_confirmed`, `email_change_new_confirmed`, `app_metadata`, `user_metadata`, `is_anonymous`, `is_sso`, `must_change_password`, `is_self_made`, `failed_attempts`, `created_at`, `updated_at`) SELECT t9.`id`, lower(t9.`email`), ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(replace(?, '+00:00', '') AS DATETIME(6)), CAST(replace(?, '+00:00', '') AS DATETIME(6))
FROM `learners` AS t9
WHERE ((t9.`id` IN (
  SELECT json_unquote(nullif(concat(json_extract(t10.`json`, '$[0]')), 'null'))
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t10
))
  AND (NOT EXISTS (
  SELECT 1
  FROM `auth_users` AS t11
  WHERE (t11.`id` = t9.`id`)
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

-- so that account and profile agree
DELETE
FROM `auth_one_time_tokens`
WHERE (`auth_one_time_tokens`.`user_id` IN (
  SELECT t12.`id`
  FROM `auth_users` AS t12
  WHERE EXISTS (
    SELECT 1
    FROM `learners` AS t13
    WHERE ((t13.`id` IN (
      SELECT json_unquote(nullif(concat(json_extract(t14.`json`, '$[0]')), 'null'))
      FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t14
    ))
      AND (t12.`id` = t13.`id`)
      AND (NOT (t12.`email` <=> lower(t13.`email`))))
  )
));
--   ?1 Keys

-- so that account and profile agree
UPDATE `auth_identities`
SET `email` = (
  SELECT lower(t15.`email`)
  FROM `learners` AS t15
  WHERE (t15.`id` = `auth_identities`.`user_id`)
), `updated_at` = CAST(replace(?, '+00:00', '') AS DATETIME(6))
WHERE ((`auth_identities`.`provider` = ?)
  AND (`auth_identities`.`user_id` IN (
  SELECT t12.`id`
  FROM `auth_users` AS t12
  WHERE EXISTS (
    SELECT 1
    FROM `learners` AS t13
    WHERE ((t13.`id` IN (
      SELECT json_unquote(nullif(concat(json_extract(t14.`json`, '$[0]')), 'null'))
      FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t14
    ))
      AND (t12.`id` = t13.`id`)
      AND (NOT (t12.`email` <=> lower(t13.`email`))))
  )
)));
--   ?1 Now
--   ?2 Constant(Text("email"))
--   ?3 Keys

-- so that account and profile agree
UPDATE `auth_users`
SET `email` = (
  SELECT lower(t16.`email`)
  FROM `learners` AS t16
  WHERE (t16.`id` = `auth_users`.`id`)
), `updated_at` = CAST(replace(?, '+00:00', '') AS DATETIME(6)), `email_confirmed_at` = NULL, `new_email` = NULL, `email_change_sent_at` = NULL
WHERE (`auth_users`.`id` IN (
  SELECT t12.`id`
  FROM `auth_users` AS t12
  WHERE EXISTS (
    SELECT 1
    FROM `learners` AS t13
    WHERE ((t13.`id` IN (
      SELECT json_unquote(nullif(concat(json_extract(t14.`json`, '$[0]')), 'null'))
      FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t14
    ))
      AND (t12.`id` = t13.`id`)
      AND (NOT (t12.`email` <=> lower(t13.`email`))))
  )
));
--   ?1 Now
--   ?2 Keys

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t17.`id`), 'null'), ?, coalesce(json_quote(t17.`name`), 'null'), ?, coalesce(json_quote(t17.`email`), 'null'), ?, coalesce(json_quote(t17.`role`), 'null'), ?, coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t17.`createdAt`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), ?, coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t17.`updatedAt`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t18
JOIN `learners` AS t17 ON (t17.`id` = (json_unquote(nullif(concat(json_extract(t18.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
ORDER BY t18.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"name\":"))
--   ?3 Constant(Text(",\"email\":"))
--   ?4 Constant(Text(",\"role\":"))
--   ?5 Constant(Text(",\"createdAt\":"))
--   ?6 Constant(Text(",\"updatedAt\":"))
--   ?7 Keys


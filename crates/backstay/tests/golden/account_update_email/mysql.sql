-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(json_quote(t1.`id`), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `learners` AS t1
WHERE (t1.`id` = ?) FOR UPDATE;
--   ?1 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing, for each row
UPDATE `learners`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON (`learners`.`id` = (json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
SET `learners`.`email` = ?, `learners`.`updatedAt` = CAST(replace(?, '+00:00', '') AS DATETIME(6));
--   ?1 Keys
--   ?2 Cell(0)
--   ?3 Cell(1)

-- so that account and profile agree
DELETE
FROM `auth_one_time_tokens`
WHERE (`auth_one_time_tokens`.`user_id` IN (
  SELECT t3.`id`
  FROM `auth_users` AS t3
  WHERE EXISTS (
    SELECT 1
    FROM `learners` AS t4
    WHERE ((t4.`id` IN (
      SELECT json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null'))
      FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
    ))
      AND (t3.`id` = t4.`id`)
      AND (NOT (t3.`email` <=> lower(t4.`email`))))
  )
));
--   ?1 Keys

-- so that account and profile agree
UPDATE `auth_identities`
SET `email` = (
  SELECT lower(t6.`email`)
  FROM `learners` AS t6
  WHERE (t6.`id` = `auth_identities`.`user_id`)
), `updated_at` = CAST(replace(?, '+00:00', '') AS DATETIME(6))
WHERE ((`auth_identities`.`provider` = ?)
  AND (`auth_identities`.`user_id` IN (
  SELECT t3.`id`
  FROM `auth_users` AS t3
  WHERE EXISTS (
    SELECT 1
    FROM `learners` AS t4
    WHERE ((t4.`id` IN (
      SELECT json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null'))
      FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
    ))
      AND (t3.`id` = t4.`id`)
      AND (NOT (t3.`email` <=> lower(t4.`email`))))
  )
)));
--   ?1 Now
--   ?2 Constant(Text("email"))
--   ?3 Keys

-- so that account and profile agree
UPDATE `auth_users`
SET `email` = (
  SELECT lower(t7.`email`)
  FROM `learners` AS t7
  WHERE (t7.`id` = `auth_users`.`id`)
), `updated_at` = CAST(replace(?, '+00:00', '') AS DATETIME(6)), `email_confirmed_at` = NULL, `new_email` = NULL, `email_change_sent_at` = NULL
WHERE (`auth_users`.`id` IN (
  SELECT t3.`id`
  FROM `auth_users` AS t3
  WHERE EXISTS (
    SELECT 1
    FROM `learners` AS t4
    WHERE ((t4.`id` IN (
      SELECT json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null'))
      FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
    ))
      AND (t3.`id` = t4.`id`)
      AND (NOT (t3.`email` <=> lower(t4.`email`))))
  )
));
--   ?1 Now
--   ?2 Keys

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t8.`id`), 'null'), ?, coalesce(json_quote(t8.`email`), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t9
JOIN `learners` AS t8 ON (t8.`id` = (json_unquote(nullif(concat(json_extract(t9.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
ORDER BY t9.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"email\":"))
--   ?3 Keys


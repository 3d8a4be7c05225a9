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

-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(json_quote(t3.`id`), 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `learners` AS t3
WHERE (t3.`id` = ?) FOR UPDATE;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t4.`email`), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
JOIN `learners` AS t4 ON (t4.`id` = (json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */))
ORDER BY t5.`key`;
--   ?1 Constant(Text("{\"email\":"))
--   ?2 Keys

-- change, answers nothing
DELETE `learners`
FROM `learners`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t6 ON (`learners`.`id` = (json_unquote(nullif(concat(json_extract(t6.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */));
--   ?1 Keys

-- so that account and profile agree
DELETE `auth_users`
FROM `auth_users`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t7 ON (`auth_users`.`id` = (json_unquote(nullif(concat(json_extract(t7.`json`, '$[0]')), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */));
--   ?1 Keys


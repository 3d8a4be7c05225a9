-- make an account for each row of learners

INSERT INTO `auth_users` (`id`, `email`, `email_change_current_confirmed`, `email_change_new_confirmed`, `app_metadata`, `user_metadata`, `is_anonymous`, `is_sso`, `must_change_password`, `is_self_made`, `failed_attempts`, `created_at`, `updated_at`) SELECT t1.`id`, lower(t1.`email`), FALSE, FALSE, '{}', '{}', FALSE, FALSE, FALSE, FALSE, 0, utc_timestamp(6), utc_timestamp(6) FROM `learners` AS t1 WHERE (NOT EXISTS (SELECT 1 FROM `auth_users` AS t2 WHERE (t2.`id` = t1.`id`)));

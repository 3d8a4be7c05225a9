-- make an account for each row of learners

INSERT INTO "auth_users" ("id", "email", "email_change_current_confirmed", "email_change_new_confirmed", "app_metadata", "user_metadata", "is_anonymous", "is_sso", "must_change_password", "is_self_made", "failed_attempts", "created_at", "updated_at") SELECT t1."id", bs_lower(t1."email"), 0, 0, '{}', '{}', 0, 0, 0, 0, 0, (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000+00:00'), (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000+00:00') FROM "learners" AS t1 WHERE (NOT EXISTS (SELECT 1 FROM "auth_users" AS t2 WHERE (t2."id" = t1."id")));

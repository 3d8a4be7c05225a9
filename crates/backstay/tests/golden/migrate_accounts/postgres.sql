-- make an account for each row of learners

INSERT INTO "auth_users" ("id", "email", "email_change_current_confirmed", "email_change_new_confirmed", "app_metadata", "user_metadata", "is_anonymous", "is_sso", "must_change_password", "failed_attempts", "created_at", "updated_at") SELECT bs_uuid(t1."id"), (lower(t1."email" COLLATE "und-x-icu") COLLATE "C"), FALSE::bool, FALSE::bool, '{}'::jsonb, '{}'::jsonb, FALSE::bool, FALSE::bool, FALSE::bool, 0::int4, now(), now() FROM "learners" AS t1 WHERE (NOT EXISTS (SELECT 1 FROM "auth_users" AS t2 WHERE (t2."id" = bs_uuid(t1."id"))));

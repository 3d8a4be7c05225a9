-- refuse if there is a row, for each row
SELECT 1
FROM "auth_users" AS t1
WHERE ((t1."id" = bs_uuid($1::text))
  AND ((t1."deleted_at" IS NOT NULL) OR ((NOT EXISTS (
  SELECT 1
  FROM "learners" AS t2
  WHERE (t2."id" = (CAST(t1."id" AS text) COLLATE "C"))
))
  AND (t1."email" IS DISTINCT FROM (lower($2::text COLLATE "und-x-icu") COLLATE "C")))));
--   $1 Cell(0)
--   $2 Cell(2)

-- insert, answers keys, for each row
INSERT INTO "learners" ("id", "name", "email", "role", "createdAt", "updatedAt")
VALUES ($1::text, $2::text, $3::text, $4::text, $5::timestamptz, $6::timestamptz)
RETURNING (('[' || coalesce(CAST(to_json("learners"."id") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Cell(3)
--   $5 Cell(4)
--   $6 Cell(5)

-- so that account and profile agree
INSERT INTO "auth_users" ("id", "email", "email_change_current_confirmed", "email_change_new_confirmed", "app_metadata", "user_metadata", "is_anonymous", "is_sso", "must_change_password", "is_self_made", "failed_attempts", "created_at", "updated_at") SELECT bs_uuid(t3."id"), (lower(t3."email" COLLATE "und-x-icu") COLLATE "C"), $1::bool, $1::bool, $2::jsonb, $2::jsonb, $1::bool, $1::bool, $1::bool, $1::bool, $3::int4, $4::timestamptz, $4::timestamptz
FROM "learners" AS t3
WHERE ((t3."id" IN (
  SELECT (t4."value" ->> 0)
  FROM jsonb_array_elements($5::jsonb) WITH ORDINALITY AS t4(value, key)
))
  AND (NOT EXISTS (
  SELECT 1
  FROM "auth_users" AS t5
  WHERE (t5."id" = bs_uuid(t3."id"))
)));
--   $1 Constant(Bool(false))
--   $2 Constant(Text("{}"))
--   $3 Constant(Int(0))
--   $4 Now
--   $5 Keys


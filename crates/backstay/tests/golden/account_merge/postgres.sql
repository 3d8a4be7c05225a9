-- refuse if there was a row and is none at the end
SELECT 1
FROM "learners" AS t1
WHERE ((t1."role" = $1::text) AND EXISTS (
  SELECT 1
  FROM "auth_users" AS t2
  WHERE ((t2."id" = bs_uuid(t1."id"))
    AND (t2."deleted_at" IS NULL)
    AND ((t2."banned_until" IS NULL) OR (t2."banned_until" <= $2::timestamptz)))
));
--   $1 ProtectedRole
--   $2 Now

-- refuse if there is a row, for each row
SELECT 1
FROM "auth_users" AS t3
WHERE ((t3."id" = bs_uuid($1::text))
  AND ((t3."deleted_at" IS NOT NULL) OR ((NOT EXISTS (
  SELECT 1
  FROM "learners" AS t4
  WHERE (t4."id" = (CAST(t3."id" AS text) COLLATE "C"))
))
  AND (t3."email" IS DISTINCT FROM (lower($2::text COLLATE "und-x-icu") COLLATE "C")))));
--   $1 Cell(0)
--   $2 Cell(2)

-- count conflicts, for each row
SELECT count(*)
FROM "learners" AS t5
WHERE (t5."id" = $1::text);
--   $1 Cell(0)

-- insert, answers keys, for each row
INSERT INTO "learners" ("id", "name", "email", "role", "createdAt", "updatedAt")
VALUES ($1::text, $2::text, $3::text, $4::text, $5::timestamptz, $6::timestamptz)
ON CONFLICT ("id") DO UPDATE
SET "name" = excluded."name", "email" = excluded."email", "role" = excluded."role", "updatedAt" = excluded."updatedAt"
RETURNING (('[' || coalesce(CAST(to_json("learners"."id") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Cell(3)
--   $5 Cell(4)
--   $6 Cell(5)

-- so that account and profile agree
INSERT INTO "auth_users" ("id", "email", "email_change_current_confirmed", "email_change_new_confirmed", "app_metadata", "user_metadata", "is_anonymous", "is_sso", "must_change_password", "is_self_made", "failed_attempts", "created_at", "updated_at") SELECT bs_uuid(t6."id"), (lower(t6."email" COLLATE "und-x-icu") COLLATE "C"), $1::bool, $1::bool, $2::jsonb, $2::jsonb, $1::bool, $1::bool, $1::bool, $1::bool, $3::int4, $4::timestamptz, $4::timestamptz
FROM "learners" AS t6
WHERE ((t6."id" IN (
  SELECT (t7."value" ->> 0)
  FROM jsonb_array_elements($5::jsonb) WITH ORDINALITY AS t7(value, key)
))
  AND (NOT EXISTS (
  SELECT 1
  FROM "auth_users" AS t8
  WHERE (t8."id" = bs_uuid(t6."id"))
)));
--   $1 Constant(Bool(false))
--   $2 Constant(Text("{}"))
--   $3 Constant(Int(0))
--   $4 Now
--   $5 Keys

-- so that account and profile agree
DELETE
FROM "auth_one_time_tokens"
WHERE ("auth_one_time_tokens"."user_id" IN (
  SELECT t9."id"
  FROM "auth_users" AS t9
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t10
    WHERE ((t10."id" IN (
      SELECT (t11."value" ->> 0)
      FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t11(value, key)
    ))
      AND (t9."id" = bs_uuid(t10."id"))
      AND (t9."email" IS DISTINCT FROM (lower(t10."email" COLLATE "und-x-icu") COLLATE "C")))
  )
));
--   $1 Keys

-- so that account and profile agree
UPDATE "auth_identities"
SET "email" = (
  SELECT (lower(t12."email" COLLATE "und-x-icu") COLLATE "C")
  FROM "learners" AS t12
  WHERE (t12."id" = (CAST("auth_identities"."user_id" AS text) COLLATE "C"))
), "updated_at" = $1::timestamptz
WHERE (("auth_identities"."provider" = $2::text)
  AND ("auth_identities"."user_id" IN (
  SELECT t9."id"
  FROM "auth_users" AS t9
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t10
    WHERE ((t10."id" IN (
      SELECT (t11."value" ->> 0)
      FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS t11(value, key)
    ))
      AND (t9."id" = bs_uuid(t10."id"))
      AND (t9."email" IS DISTINCT FROM (lower(t10."email" COLLATE "und-x-icu") COLLATE "C")))
  )
)));
--   $1 Now
--   $2 Constant(Text("email"))
--   $3 Keys

-- so that account and profile agree
UPDATE "auth_users"
SET "email" = (
  SELECT (lower(t13."email" COLLATE "und-x-icu") COLLATE "C")
  FROM "learners" AS t13
  WHERE (t13."id" = (CAST("auth_users"."id" AS text) COLLATE "C"))
), "updated_at" = $1::timestamptz, "email_confirmed_at" = NULL, "new_email" = NULL, "email_change_sent_at" = NULL
WHERE ("auth_users"."id" IN (
  SELECT t9."id"
  FROM "auth_users" AS t9
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t10
    WHERE ((t10."id" IN (
      SELECT (t11."value" ->> 0)
      FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t11(value, key)
    ))
      AND (t9."id" = bs_uuid(t10."id"))
      AND (t9."email" IS DISTINCT FROM (lower(t10."email" COLLATE "und-x-icu") COLLATE "C")))
  )
));
--   $1 Now
--   $2 Keys

-- read, flat rows (id: Plain, name: Plain, email: Plain, role: Plain, createdAt: Raw, updatedAt: Raw)
SELECT t14."id", t14."name", t14."email", t14."role", coalesce(CAST(to_json(t14."createdAt") AS text), 'null'), coalesce(CAST(to_json(t14."updatedAt") AS text), 'null')
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t15(value, key)
JOIN "learners" AS t14 ON (t14."id" = (CAST((t15."value" ->> 0) AS text) COLLATE "C"))
ORDER BY t15."key";
--   $1 Keys


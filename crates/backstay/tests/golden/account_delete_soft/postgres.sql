-- refuse if there was a row and is none at the end
SELECT 1
FROM "learners" AS t1
WHERE ((t1."role" = $1::text)
  AND (t1."deletedAt" IS NULL) AND EXISTS (
  SELECT 1
  FROM "auth_users" AS t2
  WHERE ((t2."id" = bs_uuid(t1."id"))
    AND (t2."deleted_at" IS NULL)
    AND ((t2."banned_until" IS NULL) OR (t2."banned_until" <= $2::timestamptz)))
));
--   $1 ProtectedRole
--   $2 Now

-- select the keys
SELECT coalesce('[' || string_agg((('[' || coalesce(CAST(to_json(t3."id") AS text), 'null')) || ']'), ',') || ']', '[]')
FROM "learners" AS t3
WHERE ((t3."deletedAt" IS NULL)
  AND (t3."id" = $1::text)
  AND (t3."deletedAt" IS NULL));
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing
UPDATE "learners"
SET "updatedAt" = $1::timestamptz, "deletedAt" = $1::timestamptz, "version" = ("learners"."version" + 1)
WHERE (("learners"."id" IN (
  SELECT (CAST((t4."value" ->> 0) AS text) COLLATE "C")
  FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t4(value, key)
))
  AND ("learners"."deletedAt" IS NULL));
--   $1 Now
--   $2 Keys

-- so that account and profile agree
UPDATE "auth_users"
SET "deleted_at" = $1::timestamptz, "updated_at" = $1::timestamptz
WHERE ("auth_users"."id" IN (
  SELECT bs_uuid((t5."value" ->> 0))
  FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t5(value, key)
));
--   $1 Now
--   $2 Keys

-- so that account and profile agree
UPDATE "auth_sessions"
SET "revoked_at" = $1::timestamptz, "revoke_reason" = $2::text
WHERE (("auth_sessions"."revoked_at" IS NULL)
  AND ("auth_sessions"."user_id" IN (
  SELECT bs_uuid((t6."value" ->> 0))
  FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS t6(value, key)
)));
--   $1 Now
--   $2 Constant(Text("user_deleted"))
--   $3 Keys

-- so that account and profile agree
DELETE
FROM "auth_one_time_tokens"
WHERE ("auth_one_time_tokens"."user_id" IN (
  SELECT bs_uuid((t7."value" ->> 0))
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t7(value, key)
));
--   $1 Keys


-- refuse if there was a row and is none at the end
SELECT 1
FROM "learners" AS t1
WHERE ((t1."role" = ?1)
  AND (t1."deletedAt" IS NULL) AND EXISTS (
  SELECT 1
  FROM "auth_users" AS t2
  WHERE ((t2."id" = t1."id")
    AND (t2."deleted_at" IS NULL)
    AND ((t2."banned_until" IS NULL) OR (t2."banned_until" <= ?2)))
));
--   ?1 ProtectedRole
--   ?2 Now

-- select the keys
SELECT json_group_array(json_array(t3."id"))
FROM "learners" AS t3
WHERE ((t3."deletedAt" IS NULL)
  AND (t3."id" = ?1)
  AND (t3."deletedAt" IS NULL));
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing
UPDATE "learners"
SET "updatedAt" = ?1, "deletedAt" = ?1, "version" = ("learners"."version" + 1)
WHERE (("learners"."id" IN (
  SELECT "->>"(t4."value", 0)
  FROM json_each(?2) AS t4
))
  AND ("learners"."deletedAt" IS NULL));
--   ?1 Now
--   ?2 Keys

-- so that account and profile agree
UPDATE "auth_users"
SET "deleted_at" = ?1, "updated_at" = ?1
WHERE ("auth_users"."id" IN (
  SELECT "->>"(t5."value", 0)
  FROM json_each(?2) AS t5
));
--   ?1 Now
--   ?2 Keys

-- so that account and profile agree
UPDATE "auth_sessions"
SET "revoked_at" = ?1, "revoke_reason" = ?2
WHERE (("auth_sessions"."revoked_at" IS NULL)
  AND ("auth_sessions"."user_id" IN (
  SELECT "->>"(t6."value", 0)
  FROM json_each(?3) AS t6
)));
--   ?1 Now
--   ?2 Constant(Text("user_deleted"))
--   ?3 Keys

-- so that account and profile agree
DELETE
FROM "auth_one_time_tokens"
WHERE ("auth_one_time_tokens"."user_id" IN (
  SELECT "->>"(t7."value", 0)
  FROM json_each(?1) AS t7
));
--   ?1 Keys


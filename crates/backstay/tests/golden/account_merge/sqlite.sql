-- refuse if there was a row and is none at the end
SELECT 1
FROM "learners" AS t1
WHERE ((t1."role" = ?1) AND EXISTS (
  SELECT 1
  FROM "auth_users" AS t2
  WHERE ((t2."id" = t1."id")
    AND (t2."deleted_at" IS NULL)
    AND ((t2."banned_until" IS NULL) OR (t2."banned_until" <= ?2)))
));
--   ?1 ProtectedRole
--   ?2 Now

-- refuse if there is a row, for each row
SELECT 1
FROM "auth_users" AS t3
WHERE ((t3."id" = ?1)
  AND ((t3."deleted_at" IS NOT NULL) OR ((NOT EXISTS (
  SELECT 1
  FROM "learners" AS t4
  WHERE (t4."id" = t3."id")
))
  AND (t3."email" IS NOT bs_lower(?2)))));
--   ?1 Cell(0)
--   ?2 Cell(2)

-- count conflicts, for each row
SELECT count(*)
FROM "learners" AS t5
WHERE (t5."id" = ?1);
--   ?1 Cell(0)

-- insert, answers keys, for each row
INSERT INTO "learners" ("id", "name", "email", "role", "createdAt", "updatedAt")
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT ("id") DO UPDATE
SET "name" = excluded."name", "email" = excluded."email", "role" = excluded."role", "updatedAt" = excluded."updatedAt"
RETURNING json_array("learners"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Cell(5)

-- so that account and profile agree
INSERT INTO "auth_users" ("id", "email", "email_change_current_confirmed", "email_change_new_confirmed", "app_metadata", "user_metadata", "is_anonymous", "is_sso", "must_change_password", "is_self_made", "failed_attempts", "created_at", "updated_at") SELECT t6."id", bs_lower(t6."email"), ?1, ?1, ?2, ?2, ?1, ?1, ?1, ?1, ?3, ?4, ?4
FROM "learners" AS t6
WHERE ((t6."id" IN (
  SELECT "->>"(t7."value", 0)
  FROM json_each(?5) AS t7
))
  AND (NOT EXISTS (
  SELECT 1
  FROM "auth_users" AS t8
  WHERE (t8."id" = t6."id")
)));
--   ?1 Constant(Bool(false))
--   ?2 Constant(Text("{}"))
--   ?3 Constant(Int(0))
--   ?4 Now
--   ?5 Keys

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
      SELECT "->>"(t11."value", 0)
      FROM json_each(?1) AS t11
    ))
      AND (t9."id" = t10."id")
      AND (t9."email" IS NOT bs_lower(t10."email")))
  )
));
--   ?1 Keys

-- so that account and profile agree
UPDATE "auth_identities"
SET "email" = (
  SELECT bs_lower(t12."email")
  FROM "learners" AS t12
  WHERE (t12."id" = "auth_identities"."user_id")
), "updated_at" = ?1
WHERE (("auth_identities"."provider" = ?2)
  AND ("auth_identities"."user_id" IN (
  SELECT t9."id"
  FROM "auth_users" AS t9
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t10
    WHERE ((t10."id" IN (
      SELECT "->>"(t11."value", 0)
      FROM json_each(?3) AS t11
    ))
      AND (t9."id" = t10."id")
      AND (t9."email" IS NOT bs_lower(t10."email")))
  )
)));
--   ?1 Now
--   ?2 Constant(Text("email"))
--   ?3 Keys

-- so that account and profile agree
UPDATE "auth_users"
SET "email" = (
  SELECT bs_lower(t13."email")
  FROM "learners" AS t13
  WHERE (t13."id" = "auth_users"."id")
), "updated_at" = ?1, "email_confirmed_at" = NULL, "new_email" = NULL, "email_change_sent_at" = NULL
WHERE ("auth_users"."id" IN (
  SELECT t9."id"
  FROM "auth_users" AS t9
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t10
    WHERE ((t10."id" IN (
      SELECT "->>"(t11."value", 0)
      FROM json_each(?2) AS t11
    ))
      AND (t9."id" = t10."id")
      AND (t9."email" IS NOT bs_lower(t10."email")))
  )
));
--   ?1 Now
--   ?2 Keys

-- read, flat rows (id: Plain, name: Plain, email: Plain, role: Plain, createdAt: Timestamp, updatedAt: Timestamp)
SELECT t14."id", t14."name", t14."email", t14."role", t14."createdAt", t14."updatedAt"
FROM json_each(?1) AS t15
JOIN "learners" AS t14 ON (t14."id" = "->>"(t15."value", 0))
ORDER BY t15."key";
--   ?1 Keys


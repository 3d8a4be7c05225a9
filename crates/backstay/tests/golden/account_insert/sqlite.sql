-- refuse if there is a row, for each row
SELECT 1
FROM "auth_users" AS t1
WHERE ((t1."id" = ?1)
  AND ((t1."deleted_at" IS NOT NULL) OR ((NOT EXISTS (
  SELECT 1
  FROM "learners" AS t2
  WHERE (t2."id" = t1."id")
))
  AND (t1."email" IS NOT bs_lower(?2)))));
--   ?1 Cell(0)
--   ?2 Cell(2)

-- insert, answers keys, for each row
INSERT INTO "learners" ("id", "name", "email", "role", "createdAt", "updatedAt")
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
RETURNING json_array("learners"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Cell(5)

-- so that account and profile agree
INSERT INTO "auth_users" ("id", "email", "email_change_current_confirmed", "email_change_new_confirmed", "app_metadata", "user_metadata", "is_anonymous", "is_sso", "must_change_password", "is_self_made", "failed_attempts", "created_at", "updated_at") SELECT t3."id", bs_lower(t3."email"), ?1, ?1, ?2, ?2, ?1, ?1, ?1, ?1, ?3, ?4, ?4
FROM "learners" AS t3
WHERE ((t3."id" IN (
  SELECT "->>"(t4."value", 0)
  FROM json_each(?5) AS t4
))
  AND (NOT EXISTS (
  SELECT 1
  FROM "auth_users" AS t5
  WHERE (t5."id" = t3."id")
)));
--   ?1 Constant(Bool(false))
--   ?2 Constant(Text("{}"))
--   ?3 Constant(Int(0))
--   ?4 Now
--   ?5 Keys


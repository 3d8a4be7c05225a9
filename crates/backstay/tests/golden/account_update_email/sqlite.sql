-- change, answers keys, for each row
UPDATE "learners"
SET "email" = ?1, "updatedAt" = ?2
WHERE ("learners"."id" = ?3)
RETURNING json_array("learners"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- so that account and profile agree
DELETE
FROM "auth_one_time_tokens"
WHERE ("auth_one_time_tokens"."user_id" IN (
  SELECT t1."id"
  FROM "auth_users" AS t1
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t2
    WHERE ((t2."id" IN (
      SELECT "->>"(t3."value", 0)
      FROM json_each(?1) AS t3
    ))
      AND (t1."id" = t2."id")
      AND (t1."email" IS NOT bs_lower(t2."email")))
  )
));
--   ?1 Keys

-- so that account and profile agree
UPDATE "auth_identities"
SET "email" = (
  SELECT bs_lower(t4."email")
  FROM "learners" AS t4
  WHERE (t4."id" = "auth_identities"."user_id")
), "updated_at" = ?1
WHERE (("auth_identities"."provider" = ?2)
  AND ("auth_identities"."user_id" IN (
  SELECT t1."id"
  FROM "auth_users" AS t1
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t2
    WHERE ((t2."id" IN (
      SELECT "->>"(t3."value", 0)
      FROM json_each(?3) AS t3
    ))
      AND (t1."id" = t2."id")
      AND (t1."email" IS NOT bs_lower(t2."email")))
  )
)));
--   ?1 Now
--   ?2 Constant(Text("email"))
--   ?3 Keys

-- so that account and profile agree
UPDATE "auth_users"
SET "email" = (
  SELECT bs_lower(t5."email")
  FROM "learners" AS t5
  WHERE (t5."id" = "auth_users"."id")
), "updated_at" = ?1, "email_confirmed_at" = NULL, "new_email" = NULL, "email_change_sent_at" = NULL
WHERE ("auth_users"."id" IN (
  SELECT t1."id"
  FROM "auth_users" AS t1
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t2
    WHERE ((t2."id" IN (
      SELECT "->>"(t3."value", 0)
      FROM json_each(?2) AS t3
    ))
      AND (t1."id" = t2."id")
      AND (t1."email" IS NOT bs_lower(t2."email")))
  )
));
--   ?1 Now
--   ?2 Keys

-- read, flat rows (id: Plain, email: Plain)
SELECT t6."id", t6."email"
FROM json_each(?1) AS t7
JOIN "learners" AS t6 ON (t6."id" = "->>"(t7."value", 0))
ORDER BY t7."key";
--   ?1 Keys


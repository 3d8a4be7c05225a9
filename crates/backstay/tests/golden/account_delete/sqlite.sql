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

-- select the keys
SELECT json_group_array(json_array(t3."id"))
FROM "learners" AS t3
WHERE (t3."id" = ?1);
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (email: Plain)
SELECT t4."email"
FROM json_each(?1) AS t5
JOIN "learners" AS t4 ON (t4."id" = "->>"(t5."value", 0))
ORDER BY t5."key";
--   ?1 Keys

-- change, answers nothing
DELETE
FROM "learners"
WHERE ("learners"."id" IN (
  SELECT "->>"(t6."value", 0)
  FROM json_each(?1) AS t6
));
--   ?1 Keys

-- so that account and profile agree
DELETE
FROM "auth_users"
WHERE ("auth_users"."id" IN (
  SELECT "->>"(t7."value", 0)
  FROM json_each(?1) AS t7
));
--   ?1 Keys


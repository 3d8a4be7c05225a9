-- change, answers keys, for each row
UPDATE "learners"
SET "email" = $1::text, "updatedAt" = $2::timestamptz
WHERE ("learners"."id" = $3::text)
RETURNING (('[' || coalesce(CAST(to_json("learners"."id") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

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
      SELECT (t3."value" ->> 0)
      FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t3(value, key)
    ))
      AND (t1."id" = bs_uuid(t2."id"))
      AND (t1."email" IS DISTINCT FROM (lower(t2."email" COLLATE "und-x-icu") COLLATE "C")))
  )
));
--   $1 Keys

-- so that account and profile agree
UPDATE "auth_identities"
SET "email" = (
  SELECT (lower(t4."email" COLLATE "und-x-icu") COLLATE "C")
  FROM "learners" AS t4
  WHERE (t4."id" = (CAST("auth_identities"."user_id" AS text) COLLATE "C"))
), "updated_at" = $1::timestamptz
WHERE (("auth_identities"."provider" = $2::text)
  AND ("auth_identities"."user_id" IN (
  SELECT t1."id"
  FROM "auth_users" AS t1
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t2
    WHERE ((t2."id" IN (
      SELECT (t3."value" ->> 0)
      FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS t3(value, key)
    ))
      AND (t1."id" = bs_uuid(t2."id"))
      AND (t1."email" IS DISTINCT FROM (lower(t2."email" COLLATE "und-x-icu") COLLATE "C")))
  )
)));
--   $1 Now
--   $2 Constant(Text("email"))
--   $3 Keys

-- so that account and profile agree
UPDATE "auth_users"
SET "email" = (
  SELECT (lower(t5."email" COLLATE "und-x-icu") COLLATE "C")
  FROM "learners" AS t5
  WHERE (t5."id" = (CAST("auth_users"."id" AS text) COLLATE "C"))
), "updated_at" = $1::timestamptz, "email_confirmed_at" = NULL, "new_email" = NULL, "email_change_sent_at" = NULL
WHERE ("auth_users"."id" IN (
  SELECT t1."id"
  FROM "auth_users" AS t1
  WHERE EXISTS (
    SELECT 1
    FROM "learners" AS t2
    WHERE ((t2."id" IN (
      SELECT (t3."value" ->> 0)
      FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t3(value, key)
    ))
      AND (t1."id" = bs_uuid(t2."id"))
      AND (t1."email" IS DISTINCT FROM (lower(t2."email" COLLATE "und-x-icu") COLLATE "C")))
  )
));
--   $1 Now
--   $2 Keys

-- read, flat rows (id: Plain, email: Plain)
SELECT t6."id", t6."email"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t7(value, key)
JOIN "learners" AS t6 ON (t6."id" = (CAST((t7."value" ->> 0) AS text) COLLATE "C"))
ORDER BY t7."key";
--   $1 Keys


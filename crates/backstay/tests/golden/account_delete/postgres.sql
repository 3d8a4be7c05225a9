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

-- select the keys
SELECT coalesce('[' || string_agg((('[' || coalesce(CAST(to_json(t3."id") AS text), 'null')) || ']'), ',') || ']', '[]')
FROM "learners" AS t3
WHERE (t3."id" = $1::text);
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Id, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (email: Plain)
SELECT t4."email"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t5(value, key)
JOIN "learners" AS t4 ON (t4."id" = (CAST((t5."value" ->> 0) AS text) COLLATE "C"))
ORDER BY t5."key";
--   $1 Keys

-- change, answers nothing
DELETE
FROM "learners"
WHERE ("learners"."id" IN (
  SELECT (CAST((t6."value" ->> 0) AS text) COLLATE "C")
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t6(value, key)
));
--   $1 Keys

-- so that account and profile agree
DELETE
FROM "auth_users"
WHERE ("auth_users"."id" IN (
  SELECT bs_uuid((t7."value" ->> 0))
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t7(value, key)
));
--   $1 Keys


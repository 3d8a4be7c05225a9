-- select the keys
SELECT coalesce('[' || string_agg((('[' || coalesce(CAST(t1."id" AS text), 'null')) || ']'), ',') || ']', '[]')
FROM "loans" AS t1
WHERE ((t1."returnedAt" IS NULL)
  AND (t1."id" > $1::int4)
  AND (t1."returnedAt" IS NULL));
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, memberId: Plain)
SELECT t2."id", t2."memberId"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "loans" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
WHERE (t2."returnedAt" IS NULL)
ORDER BY t3."key";
--   $1 Keys

-- change, answers nothing
UPDATE "loans"
SET "returnedAt" = $1::timestamptz, "updatedAt" = $1::timestamptz
WHERE (("loans"."id" IN (
  SELECT CAST((t4."value" ->> 0) AS int4)
  FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t4(value, key)
))
  AND ("loans"."returnedAt" IS NULL));
--   $1 Now
--   $2 Keys


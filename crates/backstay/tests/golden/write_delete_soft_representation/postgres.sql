-- select the keys
SELECT coalesce(json_agg(json_build_array(t1."id")), '[]'::json)
FROM "loans" AS t1
WHERE ((t1."returnedAt" IS NULL)
  AND (t1."id" > $1::int4)
  AND (t1."returnedAt" IS NULL));
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t2."id", $2::text, t2."memberId")
FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "loans" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
WHERE (t2."returnedAt" IS NULL)
ORDER BY t3."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("memberId"))
--   $3 Keys

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


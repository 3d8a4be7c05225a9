-- change, answers keys, for each row
UPDATE "events"
SET "at" = $1::timestamptz
WHERE ("events"."id" = $2::int4)
RETURNING json_build_array("events"."id", "events"."at");
--   $1 Cell(0)
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."at")
FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "events" AS t1 ON ((t1."id" = CAST((t2."value" ->> 0) AS int4))
  AND (t1."at" = CAST((t2."value" ->> 1) AS timestamptz)))
ORDER BY t2."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("at"))
--   $3 Keys


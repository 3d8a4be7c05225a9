-- change, answers keys, for each row
UPDATE "events"
SET "at" = $1::timestamptz
WHERE ("events"."id" = $2::int4)
RETURNING (('[' || coalesce(CAST("events"."id" AS text), 'null') || ',' || coalesce(CAST(to_json("events"."at") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, at: Raw)
SELECT t1."id", coalesce(CAST(to_json(t1."at") AS text), 'null')
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "events" AS t1 ON ((t1."id" = CAST((t2."value" ->> 0) AS int4))
  AND (t1."at" = CAST((t2."value" ->> 1) AS timestamptz)))
ORDER BY t2."key";
--   $1 Keys


-- change, answers keys, for each row
UPDATE "notes"
SET "tags" = $1::text[]
WHERE ("notes"."id" = $2::int4)
RETURNING (('[' || coalesce(CAST("notes"."id" AS text), 'null') || ',' || coalesce(CAST("notes"."serial" AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- refuse if there is a row
SELECT 1
FROM "notes" AS t3
WHERE (((t3."id", t3."serial") IN (
  SELECT CAST((t4."value" ->> 0) AS int4), CAST((t4."value" ->> 1) AS int4)
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t4(value, key)
))
  AND (((CAST(t3."tags" AS text[]) IS NOT NULL)
  AND (NOT EXISTS (
  SELECT 1
  FROM unnest(CAST(t3."tags" AS text[])) AS t5(value)
  WHERE ((((CAST(t5."value" AS text) COLLATE "C") = $2::text) IS NOT TRUE) IS NOT TRUE)
))) IS NOT TRUE));
--   $1 Keys
--   $2 Constant(Text(""))


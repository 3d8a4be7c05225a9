-- insert, answers keys, for each row
INSERT INTO "notes" ("id", "serial", "tags", "at")
VALUES ($1::int4, $2::int4, $3::text[], $4::timestamptz)
RETURNING (('[' || coalesce(CAST("notes"."id" AS text), 'null') || ',' || coalesce(CAST("notes"."serial" AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Cell(3)

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


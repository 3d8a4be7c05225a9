-- change, answers keys, for each row
UPDATE "settings"
SET "scope" = $1::text
WHERE (("settings"."key" = $2::text)
  AND ("settings"."scope" = $3::text))
RETURNING (('[' || coalesce(CAST(to_json("settings"."key") AS text), 'null') || ',' || coalesce(CAST(to_json("settings"."scope") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }
--   $3 Input { slot: Slot(2), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t1."key", t1."scope", t1."value", t1."revision"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "settings" AS t1 ON ((t1."key" = (CAST((t2."value" ->> 0) AS text) COLLATE "C"))
  AND (t1."scope" = (CAST((t2."value" ->> 1) AS text) COLLATE "C")))
ORDER BY t2."key";
--   $1 Keys


-- change, answers keys, for each row
UPDATE "settings"
SET "scope" = $1::text
WHERE (("settings"."key" = $2::text)
  AND ("settings"."scope" = $3::text))
RETURNING json_build_array("settings"."key", "settings"."scope");
--   $1 Cell(0)
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }
--   $3 Input { slot: Slot(2), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t1."key", $2::text, t1."scope", $3::text, t1."value", $4::text, t1."revision")
FROM jsonb_array_elements($5::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "settings" AS t1 ON ((t1."key" = (CAST((t2."value" ->> 0) AS text) COLLATE "C"))
  AND (t1."scope" = (CAST((t2."value" ->> 1) AS text) COLLATE "C")))
ORDER BY t2."key";
--   $1 Constant(Text("key"))
--   $2 Constant(Text("scope"))
--   $3 Constant(Text("value"))
--   $4 Constant(Text("revision"))
--   $5 Keys


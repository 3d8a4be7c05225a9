-- select the keys
SELECT coalesce(json_agg(json_build_array(t1."key", t1."scope")), '[]'::json)
FROM "settings" AS t1
WHERE (t1."scope" = $1::text);
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t2."key", $2::text, t2."scope", $3::text, t2."value", $4::text, t2."revision")
FROM jsonb_array_elements($5::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "settings" AS t2 ON ((t2."key" = (CAST((t3."value" ->> 0) AS text) COLLATE "C"))
  AND (t2."scope" = (CAST((t3."value" ->> 1) AS text) COLLATE "C")))
ORDER BY t3."key";
--   $1 Constant(Text("key"))
--   $2 Constant(Text("scope"))
--   $3 Constant(Text("value"))
--   $4 Constant(Text("revision"))
--   $5 Keys

-- change, answers nothing
DELETE
FROM "settings"
WHERE (("settings"."key", "settings"."scope") IN (
  SELECT (CAST((t4."value" ->> 0) AS text) COLLATE "C"), (CAST((t4."value" ->> 1) AS text) COLLATE "C")
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t4(value, key)
));
--   $1 Keys


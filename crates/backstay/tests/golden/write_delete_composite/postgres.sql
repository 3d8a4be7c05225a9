-- select the keys
SELECT coalesce('[' || string_agg((('[' || coalesce(CAST(to_json(t1."key") AS text), 'null') || ',' || coalesce(CAST(to_json(t1."scope") AS text), 'null')) || ']'), ',') || ']', '[]')
FROM "settings" AS t1
WHERE (t1."scope" = $1::text);
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t2."key", t2."scope", t2."value", t2."revision"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "settings" AS t2 ON ((t2."key" = (CAST((t3."value" ->> 0) AS text) COLLATE "C"))
  AND (t2."scope" = (CAST((t3."value" ->> 1) AS text) COLLATE "C")))
ORDER BY t3."key";
--   $1 Keys

-- change, answers nothing
DELETE
FROM "settings"
WHERE (("settings"."key", "settings"."scope") IN (
  SELECT (CAST((t4."value" ->> 0) AS text) COLLATE "C"), (CAST((t4."value" ->> 1) AS text) COLLATE "C")
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t4(value, key)
));
--   $1 Keys


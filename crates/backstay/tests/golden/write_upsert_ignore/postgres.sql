-- insert, answers keys, for each row
INSERT INTO "settings" ("key", "scope", "value", "revision")
VALUES ($1::text, $2::text, $3::text, $4::int4)
ON CONFLICT ("key", "scope") DO NOTHING
RETURNING (('[' || coalesce(CAST(to_json("settings"."key") AS text), 'null') || ',' || coalesce(CAST(to_json("settings"."scope") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Cell(3)

-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t1."key", t1."scope", t1."value", t1."revision"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "settings" AS t1 ON ((t1."key" = (CAST((t2."value" ->> 0) AS text) COLLATE "C"))
  AND (t1."scope" = (CAST((t2."value" ->> 1) AS text) COLLATE "C")))
ORDER BY t2."key";
--   $1 Keys


-- count conflicts, for each row
SELECT count(*)
FROM "settings" AS t1
WHERE ((t1."key" = $1::text)
  AND (t1."scope" = $2::text));
--   $1 Cell(0)
--   $2 Cell(1)

-- insert, answers keys, for each row
INSERT INTO "settings" ("key", "scope", "value", "revision")
VALUES ($1::text, $2::text, $3::text, $4::int4)
ON CONFLICT ("key", "scope") DO UPDATE
SET "value" = excluded."value"
RETURNING (('[' || coalesce(CAST(to_json("settings"."key") AS text), 'null') || ',' || coalesce(CAST(to_json("settings"."scope") AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Cell(3)

-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t2."key", t2."scope", t2."value", t2."revision"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "settings" AS t2 ON ((t2."key" = (CAST((t3."value" ->> 0) AS text) COLLATE "C"))
  AND (t2."scope" = (CAST((t3."value" ->> 1) AS text) COLLATE "C")))
ORDER BY t3."key";
--   $1 Keys


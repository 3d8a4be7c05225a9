-- insert, answers keys, for each row
INSERT INTO "members" ("name")
VALUES ($1::text)
RETURNING (('[' || coalesce(CAST("members"."id" AS text), 'null')) || ']');
--   $1 Cell(0)

-- read, flat rows (id: Plain, name: Plain)
SELECT t1."id", t1."name"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "members" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
ORDER BY t2."key";
--   $1 Keys


-- count conflicts, for each row
SELECT count(*)
FROM "publishers" AS t1
WHERE (t1."name" = $1::text);
--   $1 Cell(1)

-- insert, answers keys, for each row
INSERT INTO "publishers" ("id", "name", "city")
VALUES ($1::int4, $2::text, $3::text)
ON CONFLICT ("name") DO UPDATE
SET "id" = excluded."id", "city" = excluded."city"
RETURNING (('[' || coalesce(CAST("publishers"."id" AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)

-- read, flat rows (id: Plain, name: Plain, city: Plain)
SELECT t2."id", t2."name", t2."city"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "publishers" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
ORDER BY t3."key";
--   $1 Keys


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
RETURNING json_build_array("publishers"."id");
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)

-- read, JSON rows
SELECT json_build_object($1::text, t2."id", $2::text, t2."name", $3::text, t2."city")
FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "publishers" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
ORDER BY t3."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("name"))
--   $3 Constant(Text("city"))
--   $4 Keys


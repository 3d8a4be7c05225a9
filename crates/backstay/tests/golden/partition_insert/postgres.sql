-- insert, answers keys, for each row
INSERT INTO "members" ("name")
VALUES ($1::text)
RETURNING json_build_array("members"."id");
--   $1 Cell(0)

-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."name")
FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "members" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
ORDER BY t2."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("name"))
--   $3 Keys


-- insert, answers keys, for each row
INSERT INTO "books" ("title", "authorId", "inPrint")
VALUES ($1::text, $2::int4, $3::bool)
RETURNING json_build_array("books"."id");
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(3)

-- read, JSON rows
SELECT json_build_object($1::text, t1."title", $2::text, (
  SELECT json_build_object($3::text, t3."name")
  FROM "authors" AS t3
  WHERE (t3."id" = t1."authorId")
  LIMIT 1
))
FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "books" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
ORDER BY t2."key";
--   $1 Constant(Text("title"))
--   $2 Constant(Text("author"))
--   $3 Constant(Text("name"))
--   $4 Keys


-- insert, answers keys, for each row
INSERT INTO "books" ("title", "authorId", "inPrint")
VALUES ($1::text, $2::int4, $3::bool)
RETURNING (('[' || coalesce(CAST("books"."id" AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(3)

-- read, flat rows (title: Plain, author: Raw)
SELECT t1."title", coalesce(CAST((
  SELECT (($1::text || coalesce(CAST(to_json(t3."name") AS text), 'null')) || '}')
  FROM "authors" AS t3
  WHERE (t3."id" = t1."authorId")
  LIMIT 1
) AS text), 'null')
FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "books" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
ORDER BY t2."key";
--   $1 Constant(Text("{\"name\":"))
--   $2 Keys


-- read, flat rows (id: Plain, author: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT (($1::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}')
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
) AS text), 'null')
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("{\"name\":"))
--   $2 Constant(Int(1000))


-- read, flat rows (author: Raw, sum: Raw)
SELECT coalesce(CAST(CAST((
  SELECT (($1::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}')
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
) AS jsonb) AS text), 'null'), coalesce(CAST(to_json(sum(t1."pages")) AS text), 'null')
FROM "books" AS t1
GROUP BY CAST((
  SELECT (($1::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}')
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
) AS jsonb)
ORDER BY CAST((
  SELECT (($1::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}')
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
) AS jsonb) NULLS FIRST
LIMIT $2::int8;
--   $1 Constant(Text("{\"name\":"))
--   $2 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, to_jsonb((
  SELECT json_build_object($2::text, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
)), $3::text, sum(t1."pages"))
FROM "books" AS t1
GROUP BY to_jsonb((
  SELECT json_build_object($2::text, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
))
ORDER BY (array_agg((
  SELECT t3."name"
  FROM "authors" AS t3
  WHERE (t3."id" = t1."authorId")
  LIMIT 1
)))[1] DESC, to_jsonb((
  SELECT json_build_object($2::text, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
)) NULLS FIRST
LIMIT $4::int8;
--   $1 Constant(Text("author"))
--   $2 Constant(Text("name"))
--   $3 Constant(Text("sum"))
--   $4 Constant(Int(1000))


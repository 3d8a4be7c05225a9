-- read, JSON rows
SELECT json_build_object($1::text, (
  SELECT json_build_object($2::text, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
  LIMIT 1
))
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("author"))
--   $2 Constant(Text("name"))
--   $3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT json_build_object($1::text, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."mentorId")
  LIMIT 1
))
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("mentor"))
--   $3 Constant(Int(1000))


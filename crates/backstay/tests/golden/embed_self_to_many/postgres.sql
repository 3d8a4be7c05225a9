-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t3."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($1::text, t2."name") AS "c0"
    FROM "authors" AS t2
    WHERE (t2."mentorId" = t1."id")
    ORDER BY t2."id"
    LIMIT $3::int8
  ) AS t3
))
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("pupils"))
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t4."c0"), '[]'::json)
  FROM (
    SELECT t2."title" AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT $3::int8
  ) AS t4
), $4::text, (
  SELECT coalesce(json_agg(t7."c0"), '[]'::json)
  FROM (
    SELECT (
      SELECT json_build_object($1::text, t6."name")
      FROM "authors" AS t6
      WHERE (t6."id" = t5."authorId")
      LIMIT 1
    ) AS "c0"
    FROM "books" AS t5
    WHERE (t5."publisherId" = t1."id")
    ORDER BY t5."id"
    LIMIT $3::int8
  ) AS t7
))
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("title"))
--   $3 Constant(Int(1000))
--   $4 Constant(Text("author"))


-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t3."c0"), '[]'::json)
  FROM (
    SELECT t2."title" AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."title", t2."id"
    LIMIT $3::int8
  ) AS t3
), $4::text, (
  SELECT coalesce(json_agg(t5."c0"), '[]'::json)
  FROM (
    SELECT t4."pages" AS "c0"
    FROM "books" AS t4
    WHERE (t4."authorId" = t1."id")
    ORDER BY t4."title", t4."id"
    LIMIT $3::int8
  ) AS t5
), $5::text, (
  SELECT coalesce(json_agg(t7."c0"), '[]'::json)
  FROM (
    SELECT t6."inPrint" AS "c0"
    FROM "books" AS t6
    WHERE (t6."authorId" = t1."id")
    ORDER BY t6."title", t6."id"
    LIMIT $3::int8
  ) AS t7
), $6::text, (
  SELECT coalesce(json_agg(t9."c0"), '[]'::json)
  FROM (
    SELECT t8."price" AS "c0"
    FROM "books" AS t8
    WHERE (t8."authorId" = t1."id")
    ORDER BY t8."title", t8."id"
    LIMIT $3::int8
  ) AS t9
), $7::text, (
  SELECT coalesce(json_agg(t11."c0"), '[]'::json)
  FROM (
    SELECT t10."tags" AS "c0"
    FROM "books" AS t10
    WHERE (t10."authorId" = t1."id")
    ORDER BY t10."title", t10."id"
    LIMIT $3::int8
  ) AS t11
))
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("titles"))
--   $3 Constant(Int(1000))
--   $4 Constant(Text("pages"))
--   $5 Constant(Text("inPrint"))
--   $6 Constant(Text("price"))
--   $7 Constant(Text("tags"))


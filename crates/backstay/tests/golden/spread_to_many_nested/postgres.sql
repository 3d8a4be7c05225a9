-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t6."c0"), '[]'::json)
  FROM (
    SELECT t2."title" AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT $3::int8
  ) AS t6
), $4::text, (
  SELECT coalesce(json_agg(t11."c0"), '[]'::json)
  FROM (
    SELECT (
      SELECT coalesce(json_agg(t9."c0"), '[]'::json)
      FROM (
        SELECT t8."stars" AS "c0"
        FROM "reviews" AS t8
        WHERE (t8."bookId" = t7."id")
        ORDER BY t8."id"
        LIMIT $3::int8
      ) AS t9
    ) AS "c0"
    FROM "books" AS t7
    WHERE (t7."publisherId" = t1."id")
    ORDER BY t7."id"
    LIMIT $3::int8
  ) AS t11
))
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("title"))
--   $3 Constant(Int(1000))
--   $4 Constant(Text("stars"))


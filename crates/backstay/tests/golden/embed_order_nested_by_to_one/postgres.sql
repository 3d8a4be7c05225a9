-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t5."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t2."title", $4::text, (
      SELECT json_build_object($1::text, t3."name")
      FROM "authors" AS t3
      WHERE (t3."id" = t2."authorId")
      LIMIT 1
    )) AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY (
      SELECT t4."name"
      FROM "authors" AS t4
      WHERE (t4."id" = t2."authorId")
      LIMIT 1
    ), t2."id"
    LIMIT $5::int8
  ) AS t5
))
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Constant(Text("author"))
--   $5 Constant(Int(1000))


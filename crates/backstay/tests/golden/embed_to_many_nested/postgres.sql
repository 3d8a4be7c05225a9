-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t7."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t2."title", $4::text, (
      SELECT json_build_object($1::text, t3."name", $5::text, (
        SELECT json_build_object($1::text, t4."name")
        FROM "authors" AS t4
        WHERE (t4."id" = t3."mentorId")
        LIMIT 1
      ))
      FROM "authors" AS t3
      WHERE (t3."id" = t2."authorId")
      LIMIT 1
    ), $6::text, (
      SELECT coalesce(json_agg(t6."c0"), '[]'::json)
      FROM (
        SELECT json_build_object($7::text, t5."stars") AS "c0"
        FROM "reviews" AS t5
        WHERE (t5."bookId" = t2."id")
        ORDER BY t5."id"
        LIMIT $8::int8
      ) AS t6
    )) AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT $8::int8
  ) AS t7
))
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $8::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Constant(Text("author"))
--   $5 Constant(Text("mentor"))
--   $6 Constant(Text("reviews"))
--   $7 Constant(Text("stars"))
--   $8 Constant(Int(1000))


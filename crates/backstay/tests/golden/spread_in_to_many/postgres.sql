-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t4."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t2."title", $4::text, t3."name") AS "c0"
    FROM "books" AS t2
    LEFT JOIN "publishers" AS t3 ON (t3."id" = t2."publisherId")
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT $5::int8
  ) AS t4
))
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Constant(Text("publisher"))
--   $5 Constant(Int(1000))


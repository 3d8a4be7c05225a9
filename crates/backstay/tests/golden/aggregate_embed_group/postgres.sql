-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t3."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t2."genre", $4::text, count(*)) AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    GROUP BY t2."genre"
    ORDER BY t2."genre" NULLS FIRST
    LIMIT $5::int8
  ) AS t3
))
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("genre"))
--   $4 Constant(Text("count"))
--   $5 Constant(Int(1000))


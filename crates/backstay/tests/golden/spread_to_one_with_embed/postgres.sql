-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t2."name", $3::text, CASE WHEN (t2."id" IS NOT NULL) THEN (
  SELECT coalesce(json_agg(t4."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($4::text, t3."title") AS "c0"
    FROM "books" AS t3
    WHERE (t3."authorId" = t2."id")
    ORDER BY t3."id"
    LIMIT $5::int8
  ) AS t4
) END)
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("author"))
--   $3 Constant(Text("books"))
--   $4 Constant(Text("title"))
--   $5 Constant(Int(1000))


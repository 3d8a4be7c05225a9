-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t4."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t2."title") AS "c0"
    FROM "books" AS t2
    JOIN "shelf_books" AS t3 ON (t2."id" = t3."bookId")
    WHERE (t3."shelfId" = t1."id")
    ORDER BY t2."title", t2."id"
    LIMIT $4::int8
  ) AS t4
))
FROM "shelves" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Constant(Int(1000))


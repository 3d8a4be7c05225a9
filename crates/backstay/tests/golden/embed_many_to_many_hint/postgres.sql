-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (
  SELECT coalesce(json_agg(t4."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t2."name") AS "c0"
    FROM "shelves" AS t2
    JOIN "shelf_books" AS t3 ON (t2."id" = t3."shelfId")
    WHERE (t3."bookId" = t1."id")
    ORDER BY t2."id"
    LIMIT $4::int8
  ) AS t4
))
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("shelves"))
--   $3 Constant(Text("name"))
--   $4 Constant(Int(1000))


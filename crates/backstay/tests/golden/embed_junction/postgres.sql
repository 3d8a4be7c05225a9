-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t4."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t2."position", $4::text, (
      SELECT json_build_object($5::text, t3."title")
      FROM "books" AS t3
      WHERE (t3."id" = t2."bookId")
      LIMIT 1
    )) AS "c0"
    FROM "shelf_books" AS t2
    WHERE (t2."shelfId" = t1."id")
    ORDER BY t2."position", t2."shelfId", t2."bookId"
    LIMIT $6::int8
  ) AS t4
))
FROM "shelves" AS t1
ORDER BY t1."id"
LIMIT $6::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("shelf_books"))
--   $3 Constant(Text("position"))
--   $4 Constant(Text("book"))
--   $5 Constant(Text("title"))
--   $6 Constant(Int(1000))


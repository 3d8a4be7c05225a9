-- read, flat rows (name: Plain, shelf_books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(t2."position" AS text), 'null') || $2::text || coalesce(CAST((
      SELECT (($3::text || coalesce(CAST(to_json(t3."title") AS text), 'null')) || '}')
      FROM "books" AS t3
      WHERE (t3."id" = t2."bookId")
      LIMIT 1
    ) AS text), 'null')) || '}') AS "c0"
    FROM "shelf_books" AS t2
    WHERE (t2."shelfId" = t1."id")
    ORDER BY t2."position", t2."shelfId", t2."bookId"
    LIMIT $4::int8
  ) AS t4
) AS text), 'null')
FROM "shelves" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("{\"position\":"))
--   $2 Constant(Text(",\"book\":"))
--   $3 Constant(Text("{\"title\":"))
--   $4 Constant(Int(1000))


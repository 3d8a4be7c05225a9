-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t2."title") AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t2
    JOIN "shelf_books" AS t3 ON (t2."id" = t3."bookId")
    WHERE (t3."shelfId" = t1."id")
    ORDER BY t2."title", t2."id"
    LIMIT $2::int8
  ) AS t4
) AS text), 'null')
FROM "shelves" AS t1
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("{\"title\":"))
--   $2 Constant(Int(1000))


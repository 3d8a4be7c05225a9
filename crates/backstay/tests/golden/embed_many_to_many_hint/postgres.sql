-- read, flat rows (id: Plain, shelves: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}') AS "c0"
    FROM "shelves" AS t2
    JOIN "shelf_books" AS t3 ON (t2."id" = t3."shelfId")
    WHERE (t3."bookId" = t1."id")
    ORDER BY t2."id"
    LIMIT $2::int8
  ) AS t4
) AS text), 'null')
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("{\"name\":"))
--   $2 Constant(Int(1000))


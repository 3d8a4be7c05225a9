-- read, flat rows (name: Plain, title: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(t2."title") AS text), 'null') AS "c0"
    FROM "books" AS t2
    JOIN "shelf_books" AS t3 ON (t2."id" = t3."bookId")
    WHERE (t3."shelfId" = t1."id")
    ORDER BY t2."id"
    LIMIT $1::int8
  ) AS t4
) AS text), 'null')
FROM "shelves" AS t1
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


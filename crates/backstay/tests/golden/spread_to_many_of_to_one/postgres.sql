-- read, flat rows (name: Plain, title: Raw, publisher: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(t2."title") AS text), 'null') AS "c0"
    FROM "books" AS t2
    LEFT JOIN "publishers" AS t3 ON (t3."id" = t2."publisherId")
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT $1::int8
  ) AS t4
) AS text), 'null'), coalesce(CAST((
  SELECT coalesce('[' || string_agg(t7."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(t6."name") AS text), 'null') AS "c0"
    FROM "books" AS t5
    LEFT JOIN "publishers" AS t6 ON (t6."id" = t5."publisherId")
    WHERE (t5."authorId" = t1."id")
    ORDER BY t5."id"
    LIMIT $1::int8
  ) AS t7
) AS text), 'null')
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


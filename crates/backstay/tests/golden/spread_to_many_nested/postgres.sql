-- read, flat rows (name: Plain, title: Raw, stars: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t6."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(t2."title") AS text), 'null') AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT $1::int8
  ) AS t6
) AS text), 'null'), coalesce(CAST((
  SELECT coalesce('[' || string_agg(t11."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST((
      SELECT coalesce('[' || string_agg(t9."c0", ',') || ']', '[]')
      FROM (
        SELECT coalesce(CAST(t8."stars" AS text), 'null') AS "c0"
        FROM "reviews" AS t8
        WHERE (t8."bookId" = t7."id")
        ORDER BY t8."id"
        LIMIT $1::int8
      ) AS t9
    ) AS text), 'null') AS "c0"
    FROM "books" AS t7
    WHERE (t7."publisherId" = t1."id")
    ORDER BY t7."id"
    LIMIT $1::int8
  ) AS t11
) AS text), 'null')
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


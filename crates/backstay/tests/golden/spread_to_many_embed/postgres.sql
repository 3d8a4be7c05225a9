-- read, flat rows (name: Plain, title: Raw, author: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t4."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(t2."title") AS text), 'null') AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT $1::int8
  ) AS t4
) AS text), 'null'), coalesce(CAST((
  SELECT coalesce('[' || string_agg(t7."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST((
      SELECT (($2::text || coalesce(CAST(to_json(t6."name") AS text), 'null')) || '}')
      FROM "authors" AS t6
      WHERE (t6."id" = t5."authorId")
      LIMIT 1
    ) AS text), 'null') AS "c0"
    FROM "books" AS t5
    WHERE (t5."publisherId" = t1."id")
    ORDER BY t5."id"
    LIMIT $1::int8
  ) AS t7
) AS text), 'null')
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))
--   $2 Constant(Text("{\"name\":"))


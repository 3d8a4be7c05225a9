-- read, flat rows (name: Plain, titles: Raw, pages: Raw, inPrint: Raw, price: Raw, tags: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(t2."title") AS text), 'null') AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."title", t2."id"
    LIMIT $1::int8
  ) AS t3
) AS text), 'null'), coalesce(CAST((
  SELECT coalesce('[' || string_agg(t5."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(t4."pages" AS text), 'null') AS "c0"
    FROM "books" AS t4
    WHERE (t4."authorId" = t1."id")
    ORDER BY t4."title", t4."id"
    LIMIT $1::int8
  ) AS t5
) AS text), 'null'), coalesce(CAST((
  SELECT coalesce('[' || string_agg(t7."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(t6."inPrint" AS text), 'null') AS "c0"
    FROM "books" AS t6
    WHERE (t6."authorId" = t1."id")
    ORDER BY t6."title", t6."id"
    LIMIT $1::int8
  ) AS t7
) AS text), 'null'), coalesce(CAST((
  SELECT coalesce('[' || string_agg(t9."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(t8."price") AS text), 'null') AS "c0"
    FROM "books" AS t8
    WHERE (t8."authorId" = t1."id")
    ORDER BY t8."title", t8."id"
    LIMIT $1::int8
  ) AS t9
) AS text), 'null'), coalesce(CAST((
  SELECT coalesce('[' || string_agg(t11."c0", ',') || ']', '[]')
  FROM (
    SELECT coalesce(CAST(to_json(t10."tags") AS text), 'null') AS "c0"
    FROM "books" AS t10
    WHERE (t10."authorId" = t1."id")
    ORDER BY t10."title", t10."id"
    LIMIT $1::int8
  ) AS t11
) AS text), 'null')
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $1::int8;
--   $1 Constant(Int(1000))


-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t5."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t2."title") AS text), 'null') || $2::text || coalesce(CAST((
      SELECT (($3::text || coalesce(CAST(to_json(t3."name") AS text), 'null')) || '}')
      FROM "authors" AS t3
      WHERE (t3."id" = t2."authorId")
      LIMIT 1
    ) AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY (
      SELECT t4."name"
      FROM "authors" AS t4
      WHERE (t4."id" = t2."authorId")
      LIMIT 1
    ), t2."id"
    LIMIT $4::int8
  ) AS t5
) AS text), 'null')
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("{\"title\":"))
--   $2 Constant(Text(",\"author\":"))
--   $3 Constant(Text("{\"name\":"))
--   $4 Constant(Int(1000))


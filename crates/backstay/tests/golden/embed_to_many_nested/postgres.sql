-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t7."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t2."title") AS text), 'null') || $2::text || coalesce(CAST((
      SELECT (($3::text || coalesce(CAST(to_json(t3."name") AS text), 'null') || $4::text || coalesce(CAST((
        SELECT (($3::text || coalesce(CAST(to_json(t4."name") AS text), 'null')) || '}')
        FROM "authors" AS t4
        WHERE (t4."id" = t3."mentorId")
        LIMIT 1
      ) AS text), 'null')) || '}')
      FROM "authors" AS t3
      WHERE (t3."id" = t2."authorId")
      LIMIT 1
    ) AS text), 'null') || $5::text || coalesce(CAST((
      SELECT coalesce('[' || string_agg(t6."c0", ',') || ']', '[]')
      FROM (
        SELECT (($6::text || coalesce(CAST(t5."stars" AS text), 'null')) || '}') AS "c0"
        FROM "reviews" AS t5
        WHERE (t5."bookId" = t2."id")
        ORDER BY t5."id"
        LIMIT $7::int8
      ) AS t6
    ) AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT $7::int8
  ) AS t7
) AS text), 'null')
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT $7::int8;
--   $1 Constant(Text("{\"title\":"))
--   $2 Constant(Text(",\"author\":"))
--   $3 Constant(Text("{\"name\":"))
--   $4 Constant(Text(",\"mentor\":"))
--   $5 Constant(Text(",\"reviews\":"))
--   $6 Constant(Text("{\"stars\":"))
--   $7 Constant(Int(1000))


-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t7."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t4."title") AS text), 'null') || $2::text || coalesce(CAST((
      SELECT (($3::text || coalesce(CAST(to_json(t6."name") AS text), 'null')) || '}')
      FROM "authors" AS t6
      WHERE ((t6."id" = t4."authorId")
        AND (t6."name" LIKE $4::text))
      LIMIT 1
    ) AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t4
    WHERE ((t4."publisherId" = t1."id") AND EXISTS (
      SELECT 1
      FROM "authors" AS t5
      WHERE ((t5."id" = t4."authorId")
        AND (t5."name" LIKE $4::text))
    ))
    ORDER BY t4."id"
    LIMIT $5::int8
  ) AS t7
) AS text), 'null')
FROM "publishers" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "books" AS t2
  WHERE ((t2."publisherId" = t1."id") AND EXISTS (
    SELECT 1
    FROM "authors" AS t3
    WHERE ((t3."id" = t2."authorId")
      AND (t3."name" LIKE $4::text))
  ))
)
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("{\"title\":"))
--   $2 Constant(Text(",\"author\":"))
--   $3 Constant(Text("{\"name\":"))
--   $4 Input { slot: Slot(0), cast: Text }
--   $5 Constant(Int(1000))


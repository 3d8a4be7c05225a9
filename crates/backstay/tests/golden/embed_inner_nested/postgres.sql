-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t7."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t4."title", $4::text, (
      SELECT json_build_object($1::text, t6."name")
      FROM "authors" AS t6
      WHERE ((t6."id" = t4."authorId")
        AND (t6."name" LIKE $5::text))
      LIMIT 1
    )) AS "c0"
    FROM "books" AS t4
    WHERE ((t4."publisherId" = t1."id") AND EXISTS (
      SELECT 1
      FROM "authors" AS t5
      WHERE ((t5."id" = t4."authorId")
        AND (t5."name" LIKE $5::text))
    ))
    ORDER BY t4."id"
    LIMIT $6::int8
  ) AS t7
))
FROM "publishers" AS t1
WHERE EXISTS (
  SELECT 1
  FROM "books" AS t2
  WHERE ((t2."publisherId" = t1."id") AND EXISTS (
    SELECT 1
    FROM "authors" AS t3
    WHERE ((t3."id" = t2."authorId")
      AND (t3."name" LIKE $5::text))
  ))
)
ORDER BY t1."id"
LIMIT $6::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Constant(Text("author"))
--   $5 Input { slot: Slot(0), cast: Text }
--   $6 Constant(Int(1000))


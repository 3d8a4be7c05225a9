-- read, flat rows (name: Plain, title: Raw, publisher: Raw)
SELECT t1."name", (
  SELECT json_group_array(t4."c0")
  FROM (
    SELECT t2."title" AS "c0"
    FROM "books" AS t2
    LEFT JOIN "publishers" AS t3 ON (t3."id" = t2."publisherId")
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?1
  ) AS t4
), (
  SELECT json_group_array(t7."c0")
  FROM (
    SELECT t6."name" AS "c0"
    FROM "books" AS t5
    LEFT JOIN "publishers" AS t6 ON (t6."id" = t5."publisherId")
    WHERE (t5."authorId" = t1."id")
    ORDER BY t5."id"
    LIMIT ?1
  ) AS t7
)
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?1;
--   ?1 Constant(Int(1000))


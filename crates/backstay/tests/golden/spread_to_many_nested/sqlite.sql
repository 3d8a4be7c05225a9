-- read, flat rows (name: Plain, title: Raw, stars: Raw)
SELECT t1."name", (
  SELECT json_group_array(t6."c0")
  FROM (
    SELECT t2."title" AS "c0"
    FROM "books" AS t2
    WHERE (t2."publisherId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?1
  ) AS t6
), (
  SELECT json_group_array(json(t11."c0"))
  FROM (
    SELECT json((
      SELECT json_group_array(t9."c0")
      FROM (
        SELECT t8."stars" AS "c0"
        FROM "reviews" AS t8
        WHERE (t8."bookId" = t7."id")
        ORDER BY t8."id"
        LIMIT ?1
      ) AS t9
    )) AS "c0"
    FROM "books" AS t7
    WHERE (t7."publisherId" = t1."id")
    ORDER BY t7."id"
    LIMIT ?1
  ) AS t11
)
FROM "publishers" AS t1
ORDER BY t1."id"
LIMIT ?1;
--   ?1 Constant(Int(1000))


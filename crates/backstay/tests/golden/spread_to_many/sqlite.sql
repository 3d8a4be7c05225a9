-- read, flat rows (name: Plain, titles: Raw, pages: Raw, inPrint: Raw, price: Raw, tags: Raw)
SELECT t1."name", (
  SELECT json_group_array(t3."c0")
  FROM (
    SELECT t2."title" AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."title", t2."id"
    LIMIT ?1
  ) AS t3
), (
  SELECT json_group_array(t5."c0")
  FROM (
    SELECT t4."pages" AS "c0"
    FROM "books" AS t4
    WHERE (t4."authorId" = t1."id")
    ORDER BY t4."title", t4."id"
    LIMIT ?1
  ) AS t5
), (
  SELECT json_group_array(json(t7."c0"))
  FROM (
    SELECT json(CASE WHEN (t6."inPrint" IS TRUE) THEN ?2 WHEN (t6."inPrint" IS FALSE) THEN ?3 END) AS "c0"
    FROM "books" AS t6
    WHERE (t6."authorId" = t1."id")
    ORDER BY t6."title", t6."id"
    LIMIT ?1
  ) AS t7
), (
  SELECT json_group_array(json(t9."c0"))
  FROM (
    SELECT json(t8."price") AS "c0"
    FROM "books" AS t8
    WHERE (t8."authorId" = t1."id")
    ORDER BY t8."title", t8."id"
    LIMIT ?1
  ) AS t9
), (
  SELECT json_group_array(json(t11."c0"))
  FROM (
    SELECT json(t10."tags") AS "c0"
    FROM "books" AS t10
    WHERE (t10."authorId" = t1."id")
    ORDER BY t10."title", t10."id"
    LIMIT ?1
  ) AS t11
)
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?1;
--   ?1 Constant(Int(1000))
--   ?2 Constant(Text("true"))
--   ?3 Constant(Text("false"))


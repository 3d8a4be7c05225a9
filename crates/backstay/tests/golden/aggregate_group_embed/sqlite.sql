-- read, flat rows (author: Raw, sum: Plain)
SELECT (
  SELECT json_object(?1, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
), sum(t1."pages")
FROM "books" AS t1
GROUP BY (
  SELECT json_object(?1, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
)
ORDER BY bs_json_key((
  SELECT json_object(?1, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
))
LIMIT ?2;
--   ?1 Constant(Text("name"))
--   ?2 Constant(Int(1000))


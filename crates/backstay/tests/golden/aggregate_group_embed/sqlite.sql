-- read, JSON rows
SELECT json_object(?1, json((
  SELECT json_object(?2, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
)), ?3, sum(t1."pages"))
FROM "books" AS t1
GROUP BY (
  SELECT json_object(?2, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
)
ORDER BY bs_json_key((
  SELECT json_object(?2, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
))
LIMIT ?4;
--   ?1 Constant(Text("author"))
--   ?2 Constant(Text("name"))
--   ?3 Constant(Text("sum"))
--   ?4 Constant(Int(1000))


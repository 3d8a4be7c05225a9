-- read, JSON rows
SELECT json_object(?1, json((
  SELECT json_object(?2, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."authorId")
)))
FROM "books" AS t1
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("author"))
--   ?2 Constant(Text("name"))
--   ?3 Input { slot: Slot(0), cast: Limit { max: 1000 } }


-- read, JSON rows
SELECT json_object(?1, t1."name", ?2, json((
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?3, t2."genre", ?4, count(*)) AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    GROUP BY t2."genre"
    ORDER BY t2."genre"
    LIMIT ?5
  ) AS t3
)))
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?5;
--   ?1 Constant(Text("name"))
--   ?2 Constant(Text("books"))
--   ?3 Constant(Text("genre"))
--   ?4 Constant(Text("count"))
--   ?5 Constant(Int(1000))


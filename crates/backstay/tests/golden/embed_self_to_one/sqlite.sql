-- read, flat rows (name: Plain, mentor: Raw)
SELECT t1."name", (
  SELECT json_object(?1, t2."name")
  FROM "authors" AS t2
  WHERE (t2."id" = t1."mentorId")
)
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("name"))
--   ?2 Constant(Int(1000))


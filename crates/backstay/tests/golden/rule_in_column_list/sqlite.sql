-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (?1 IN (
  SELECT t2."value"
  FROM json_each(t1."tags") AS t2
))
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("y"))
--   ?2 Constant(Int(1000))


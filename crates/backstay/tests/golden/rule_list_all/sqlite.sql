-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((t1."tags" IS NOT NULL)
  AND (NOT EXISTS (
  SELECT 1
  FROM json_each(t1."tags") AS t2
  WHERE (((t2."value" = ?1) IS NOT TRUE) IS NOT TRUE)
)))
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("x"))
--   ?2 Constant(Int(1000))


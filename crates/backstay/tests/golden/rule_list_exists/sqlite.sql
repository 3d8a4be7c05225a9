-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE EXISTS (
  SELECT 1
  FROM json_each(t1."tags") AS t2
  WHERE bs_starts_with(t2."value", ?1)
)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("x"))
--   ?2 Constant(Int(1000))


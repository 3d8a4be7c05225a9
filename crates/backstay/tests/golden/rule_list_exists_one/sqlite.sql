-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((
  SELECT count(*)
  FROM json_each(t1."marks") AS t2
  WHERE (t2."value" > ?1)
) = 1)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Int(1))
--   ?2 Constant(Int(1000))


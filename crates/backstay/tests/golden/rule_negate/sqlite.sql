-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((bs_sub(0, t1."score") < ?1)
  AND (bs_abs(t1."score") > ?2))
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Int(0))
--   ?2 Constant(Int(1))
--   ?3 Constant(Int(1000))


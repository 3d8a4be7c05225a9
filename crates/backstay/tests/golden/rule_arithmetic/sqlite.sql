-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (bs_sub(bs_mul(t1."score", ?1), ?2) > ?3)
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Int(2))
--   ?2 Constant(Int(1))
--   ?3 Constant(Int(10))
--   ?4 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((min(t1."score", ?1) = ?1) OR (max(t1."score", ?2) = ?2))
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Int(5))
--   ?2 Constant(Int(1))
--   ?3 Constant(Int(1000))


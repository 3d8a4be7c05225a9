-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (json_array_length(t1."tags") > ?1)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Int(1))
--   ?2 Constant(Int(1000))


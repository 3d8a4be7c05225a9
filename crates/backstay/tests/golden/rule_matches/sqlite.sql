-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE bs_regex(t1."title", ?1)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("^[A-Z]"))
--   ?2 Constant(Int(1000))


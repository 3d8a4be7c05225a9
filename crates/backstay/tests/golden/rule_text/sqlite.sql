-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (bs_contains(lower(t1."title"), ?1)
  AND (length(bs_trim(t1."title")) > ?2)
  AND ((bs_ends_with(t1."body", ?3) IS TRUE) = 0))
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Text("a"))
--   ?2 Constant(Int(4))
--   ?3 Constant(Text("b"))
--   ?4 Constant(Int(1000))


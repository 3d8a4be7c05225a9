-- read, flat rows (id: Plain, long: Bool, shelfMark: Plain)
SELECT t1."id", ((t1."pages" > ?1) IS TRUE), t1."shelfMark"
FROM "books" AS t1
WHERE (((t1."pages" > ?1) IS TRUE) IS TRUE)
ORDER BY ((t1."pages" > ?1) IS TRUE) NULLS LAST, t1."id"
LIMIT ?2;
--   ?1 Constant(Int(300))
--   ?2 Constant(Int(1000))


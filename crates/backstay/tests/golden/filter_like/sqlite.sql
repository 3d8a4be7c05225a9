-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE bs_like(t1."title", ?1)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: Text }
--   ?2 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (max(bs_like(t1."title", t2."value")) = 1) THEN 1 WHEN (count(*) = count(bs_like(t1."title", t2."value"))) THEN 0 END
  FROM json_each(?1) AS t2
)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: TextList }
--   ?2 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (min(bs_ilike(t1."title", t2."value")) = 0) THEN 0 WHEN (count(*) = count(bs_ilike(t1."title", t2."value"))) THEN 1 END
  FROM json_each(?1) AS t2
)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: TextList }
--   ?2 Constant(Int(1000))


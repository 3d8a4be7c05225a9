-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (min((t1."pages" > t2."value")) = 0) THEN 0 WHEN (count(*) = count((t1."pages" > t2."value"))) THEN 1 END
  FROM json_each(?1) AS t2
)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?2 Constant(Int(1000))


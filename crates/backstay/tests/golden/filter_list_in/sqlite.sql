-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (max((bs_json_cmp(t1."scores", t2."value") = 0)) = 1) THEN 1 WHEN (count(*) = count((bs_json_cmp(t1."scores", t2."value") = 0))) THEN 0 END
  FROM json_each(?1) AS t2
)
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: true, nullable: true, items_nullable: false }) }
--   ?2 Constant(Int(1000))


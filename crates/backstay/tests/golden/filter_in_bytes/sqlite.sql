-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (bs_bytes(t1."cover") IN (
  SELECT t2."value"
  FROM json_each(?1) AS t2
))
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Bytes, list: false, nullable: true, items_nullable: false }) }
--   ?2 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (bs_json_text(t1."info", ?1) IN (
  SELECT t2."value"
  FROM json_each(?2) AS t2
))
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("format"))
--   ?2 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: String, list: false, nullable: true, items_nullable: false }) }
--   ?3 Constant(Int(1000))


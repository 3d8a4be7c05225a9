-- read, flat rows (id: Plain, pages: Plain, rating: Plain, price: Plain, inPrint: Plain, addedAt: Plain, title: Plain, price: Plain, format: Plain)
SELECT t1."id", bs_cast(t1."pages", ?1), bs_cast(bs_float(t1."rating"), ?1), bs_cast(t1."price", ?1), CASE WHEN (t1."inPrint" IS TRUE) THEN ?2 WHEN (t1."inPrint" IS FALSE) THEN ?3 END, bs_cast(bs_timestamptz(t1."addedAt"), ?1), t1."title", bs_cast(t1."price", ?4), bs_json_text(t1."info", ?5)
FROM "books" AS t1
WHERE (t1."id" IN (
  SELECT t2."value"
  FROM json_each(?6) AS t2
))
ORDER BY t1."id"
LIMIT ?7;
--   ?1 Constant(Text("text"))
--   ?2 Constant(Text("true"))
--   ?3 Constant(Text("false"))
--   ?4 Constant(Text("integer"))
--   ?5 Constant(Text("format"))
--   ?6 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?7 Constant(Int(1000))


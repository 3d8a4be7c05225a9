-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (?1 IN (
  SELECT t2."value"
  FROM json_each(bs_json_as((t1."meta" -> ?2), ?3)) AS t2
))
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Text("en"))
--   ?2 Constant(Text("langs"))
--   ?3 Constant(Text("string[]"))
--   ?4 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (bs_json_as((t1."meta" -> ?1), ?2) = ?3)
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Text("tier"))
--   ?2 Constant(Text("string"))
--   ?3 Constant(Text("gold"))
--   ?4 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (bs_json_as((t1."meta" -> ?1), ?2) = 1)
ORDER BY t1."id"
LIMIT ?3;
--   ?1 Constant(Text("flag"))
--   ?2 Constant(Text("bool"))
--   ?3 Constant(Int(1000))


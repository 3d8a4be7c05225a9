-- read, flat rows (id: Plain, format: Raw, format: Plain, size: Raw, first: Raw, last: Plain, tag: Raw, tagText: Plain)
SELECT t1."id", (t1."info" -> ?1), bs_json_text(t1."info", ?1), ((t1."info" -> ?2) -> ?3), bs_json_get(t1."info", ?4), bs_json_text(t1."info", ?5), bs_json_get(t1."tags", ?4), bs_json_text(t1."tags", ?4)
FROM "books" AS t1
ORDER BY t1."id"
LIMIT ?6;
--   ?1 Constant(Text("format"))
--   ?2 Constant(Text("size"))
--   ?3 Constant(Text("w"))
--   ?4 Constant(Int(0))
--   ?5 Constant(Int(-1))
--   ?6 Constant(Int(1000))


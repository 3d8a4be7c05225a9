-- read, flat rows (sum: Plain)
SELECT bs_cast(sum(bs_cast(bs_json_text((t1."info" -> ?1), ?2), ?3)), ?4)
FROM "books" AS t1
LIMIT ?5;
--   ?1 Constant(Text("size"))
--   ?2 Constant(Text("w"))
--   ?3 Constant(Text("integer"))
--   ?4 Constant(Text("text"))
--   ?5 Constant(Int(1000))


-- read, flat rows (id: Plain, info: Raw)
SELECT t1."id", t1."info"
FROM "books" AS t1
ORDER BY bs_json_key((t1."info" -> ?1)) DESC NULLS FIRST, t1."id"
LIMIT ?2;
--   ?1 Constant(Text("format"))
--   ?2 Constant(Int(1000))


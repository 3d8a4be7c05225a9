-- read, flat rows (format: Raw, count: Plain)
SELECT (t1."info" -> ?1), count(*)
FROM "books" AS t1
GROUP BY (t1."info" -> ?1)
ORDER BY bs_json_key((t1."info" -> ?1))
LIMIT ?2;
--   ?1 Constant(Text("format"))
--   ?2 Constant(Int(1000))


-- read, flat rows (id: Plain, scores: Raw)
SELECT t1."id", t1."scores"
FROM "books" AS t1
ORDER BY bs_json_key(t1."scores") NULLS LAST, t1."id"
LIMIT ?1;
--   ?1 Constant(Int(1000))


-- read, flat rows (id: Plain, long: Bool, shelfMark: Plain)
SELECT t1."id", CAST(((t1."pages" > $1::int8) IS TRUE) AS bool), t1."shelfMark"
FROM "books" AS t1
WHERE (CAST(((t1."pages" > $1::int8) IS TRUE) AS bool) IS TRUE)
ORDER BY CAST(((t1."pages" > $1::int8) IS TRUE) AS bool), t1."id"
LIMIT $2::int8;
--   $1 Constant(Int(300))
--   $2 Constant(Int(1000))


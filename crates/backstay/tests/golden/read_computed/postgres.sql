-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, CAST(((t1."pages" > $3::int8) IS TRUE) AS bool), $4::text, t1."shelfMark")
FROM "books" AS t1
WHERE (CAST(((t1."pages" > $3::int8) IS TRUE) AS bool) IS TRUE)
ORDER BY CAST(((t1."pages" > $3::int8) IS TRUE) AS bool), t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("long"))
--   $3 Constant(Int(300))
--   $4 Constant(Text("shelfMark"))
--   $5 Constant(Int(1000))


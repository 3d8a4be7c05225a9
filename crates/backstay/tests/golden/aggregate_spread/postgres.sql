-- read, JSON rows
SELECT json_build_object($1::text, t1."genre", $2::text, t2."country", $3::text, count(t2."id"))
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
GROUP BY t1."genre", t2."country"
ORDER BY t1."genre", t2."country" NULLS FIRST
LIMIT $4::int8;
--   $1 Constant(Text("genre"))
--   $2 Constant(Text("country"))
--   $3 Constant(Text("authors"))
--   $4 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."genre", $2::text, count(t2."id"))
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
GROUP BY t1."genre"
ORDER BY t1."genre" NULLS FIRST
LIMIT $3::int8;
--   $1 Constant(Text("genre"))
--   $2 Constant(Text("count"))
--   $3 Constant(Int(1000))


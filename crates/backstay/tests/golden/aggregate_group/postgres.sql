-- read, JSON rows
SELECT json_build_object($1::text, t1."genre", $2::text, count(*), $3::text, sum(t1."pages"))
FROM "books" AS t1
GROUP BY t1."genre"
ORDER BY t1."genre" DESC NULLS LAST
LIMIT $4::int8;
--   $1 Constant(Text("genre"))
--   $2 Constant(Text("n"))
--   $3 Constant(Text("sum"))
--   $4 Constant(Int(1000))


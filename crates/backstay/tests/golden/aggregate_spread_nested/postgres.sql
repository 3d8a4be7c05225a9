-- read, JSON rows
SELECT json_build_object($1::text, t3."name", $2::text, count(t2."id"))
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
LEFT JOIN "authors" AS t3 ON (t3."id" = t2."mentorId")
GROUP BY t3."name"
ORDER BY t3."name" NULLS FIRST
LIMIT $3::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("n"))
--   $3 Constant(Int(1000))


-- read, flat rows (name: Plain, n: Raw)
SELECT t3."name", coalesce(CAST(to_json(count(t2."id")) AS text), 'null')
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
LEFT JOIN "authors" AS t3 ON (t3."id" = t2."mentorId")
GROUP BY t3."name"
ORDER BY t3."name" NULLS FIRST
LIMIT $1::int8;
--   $1 Constant(Int(1000))


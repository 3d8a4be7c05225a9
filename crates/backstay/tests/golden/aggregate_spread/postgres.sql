-- read, flat rows (genre: Plain, country: Plain, authors: Raw)
SELECT t1."genre", t2."country", coalesce(CAST(to_json(count(t2."id")) AS text), 'null')
FROM "books" AS t1
LEFT JOIN "authors" AS t2 ON (t2."id" = t1."authorId")
GROUP BY t1."genre", t2."country"
ORDER BY t1."genre", t2."country" NULLS FIRST
LIMIT $1::int8;
--   $1 Constant(Int(1000))


-- read, flat rows (id: Plain, loans: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT (($1::text || coalesce(CAST(to_json(t2."memberId") AS text), 'null')) || '}')
  FROM "loans" AS t2
  WHERE ((t2."bookId" = t1."id")
    AND (t2."returnedAt" IS NULL))
  LIMIT 1
) AS text), 'null')
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Text("{\"memberId\":"))
--   $2 Constant(Int(1000))


-- read, flat rows (id: Plain, loans: Raw)
SELECT t1."id", (
  SELECT json_object(?1, t2."memberId")
  FROM "loans" AS t2
  WHERE ((t2."bookId" = t1."id")
    AND (t2."returnedAt" IS NULL))
)
FROM "books" AS t1
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("memberId"))
--   ?2 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (
  SELECT json_build_object($3::text, t2."memberId")
  FROM "loans" AS t2
  WHERE ((t2."bookId" = t1."id")
    AND (t2."returnedAt" IS NULL))
  LIMIT 1
))
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("loans"))
--   $3 Constant(Text("memberId"))
--   $4 Constant(Int(1000))


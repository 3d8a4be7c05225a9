-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((t1."state" = $1::text)
  AND (NOT ((t1."score" > $2::int8) IS TRUE)))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("published"))
--   $2 Constant(Int(5))
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ((t1."state" = $2::text)
  AND (NOT ((t1."score" > $3::int8) IS TRUE)))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("published"))
--   $3 Constant(Int(5))
--   $4 Constant(Int(1000))


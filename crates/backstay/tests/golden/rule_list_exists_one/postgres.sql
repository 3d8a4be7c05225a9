-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ((
  SELECT count(*)
  FROM unnest(CAST(t1."marks" AS int8[])) AS t2(value)
  WHERE (CAST(t2."value" AS int8) > $2::int8)
) = 1)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Int(1))
--   $3 Constant(Int(1000))


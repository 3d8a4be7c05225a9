-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((
  SELECT count(*)
  FROM unnest(CAST(t1."marks" AS int8[])) AS t2(value)
  WHERE (CAST(t2."value" AS int8) > $1::int8)
) = 1)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Constant(Int(1))
--   $2 Constant(Int(1000))


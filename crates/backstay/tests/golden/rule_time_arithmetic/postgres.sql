-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $1::timestamptz) * 1000000 AS int8) AS int8)) < $2::int8)
  AND (bs_time_add(t1."dueAt", $3::int8) > $4::timestamptz))
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Now
--   $2 Constant(Int(2678400000000))
--   $3 Constant(Int(3600000000))
--   $4 Constant(Text("2024-06-01T00:00:00.000000+00:00"))
--   $5 Constant(Int(1000))


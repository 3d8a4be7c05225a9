-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ((bs_sub(CAST(CAST(extract(epoch FROM t1."dueAt") * 1000000 AS int8) AS int8), CAST(CAST(extract(epoch FROM $2::timestamptz) * 1000000 AS int8) AS int8)) < $3::int8)
  AND (bs_time_add(t1."dueAt", $4::int8) > $5::timestamptz))
ORDER BY t1."id"
LIMIT $6::int8;
--   $1 Constant(Text("id"))
--   $2 Now
--   $3 Constant(Int(2678400000000))
--   $4 Constant(Int(3600000000))
--   $5 Constant(Text("2024-06-01T00:00:00.000000+00:00"))
--   $6 Constant(Int(1000))


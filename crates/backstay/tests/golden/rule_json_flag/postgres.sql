-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (CAST(bs_json_as((t1."meta" -> $2::text), $3::text) AS bool) = TRUE)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("flag"))
--   $3 Constant(Text("bool"))
--   $4 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE ((bs_div($2::int8, CAST(t1."score" AS int8)) > $3::int8) OR (t1."ownerId" = $4::text))
ORDER BY t1."id"
LIMIT $5::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Int(10))
--   $3 Constant(Int(0))
--   $4 Session { session: Uid, ty: String, list: false }
--   $5 Constant(Int(1000))


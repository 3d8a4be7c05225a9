-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((bs_div($1::int8, CAST(t1."score" AS int8)) > $2::int8) OR (t1."ownerId" = $3::text))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Int(10))
--   $2 Constant(Int(0))
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Constant(Int(1000))


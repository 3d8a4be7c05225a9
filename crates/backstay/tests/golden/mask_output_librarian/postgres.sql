-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, CASE WHEN (t1."userId" = $3::text) THEN t1."note" END)
FROM "reviews" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("note"))
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Constant(Int(1000))


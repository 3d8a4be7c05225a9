-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."bookId", $3::text, t1."userId", $4::text, t1."stars", $5::text, t1."body", $6::text, t1."hidden", $7::text, CASE WHEN (t1."userId" = $8::text) THEN t1."note" END)
FROM "reviews" AS t1
WHERE ((t1."hidden" = FALSE) OR (t1."userId" = $8::text))
ORDER BY t1."id"
LIMIT $9::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("bookId"))
--   $3 Constant(Text("userId"))
--   $4 Constant(Text("stars"))
--   $5 Constant(Text("body"))
--   $6 Constant(Text("hidden"))
--   $7 Constant(Text("note"))
--   $8 Session { session: Uid, ty: String, list: false }
--   $9 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."memberId")
FROM "loans" AS t1
WHERE ((t1."memberId" = $3::text)
  AND (t1."returnedAt" IS NULL))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("memberId"))
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Constant(Int(1000))


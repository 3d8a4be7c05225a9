-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (NOT CASE WHEN (NOT ((t1."score" IS NOT NULL)
  AND (($2::int8 IS NOT NULL) OR $3::bool) AND $3::bool)) THEN ((t1."score" > $2::int8) IS TRUE) END)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Session { session: Claim(["tier"]), ty: Int, list: false }
--   $3 SessionError { session: Claim(["tier"]), ty: Int, list: false }
--   $4 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "docs" AS t1
WHERE (NOT CASE WHEN (NOT ((t1."title" IS NOT NULL)
  AND (($2::text IS NOT NULL) OR $3::bool) AND $3::bool)) THEN ((t1."title" = $2::text) IS TRUE) END)
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Session { session: Claim(["nothing"]), ty: String, list: false }
--   $3 SessionError { session: Claim(["nothing"]), ty: String, list: false }
--   $4 Constant(Int(1000))


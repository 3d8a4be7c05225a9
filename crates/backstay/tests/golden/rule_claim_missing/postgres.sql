-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT CASE WHEN (NOT ((t1."title" IS NOT NULL)
  AND (($1::text IS NOT NULL) OR $2::bool) AND $2::bool)) THEN ((t1."title" = $1::text) IS TRUE) END)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Session { session: Claim(["nothing"]), ty: String, list: false }
--   $2 SessionError { session: Claim(["nothing"]), ty: String, list: false }
--   $3 Constant(Int(1000))


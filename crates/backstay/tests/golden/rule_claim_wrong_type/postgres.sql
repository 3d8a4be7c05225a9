-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (NOT CASE WHEN (NOT ((t1."score" IS NOT NULL)
  AND (($1::int8 IS NOT NULL) OR $2::bool) AND $2::bool)) THEN ((t1."score" > $1::int8) IS TRUE) END)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Session { session: Claim(["tier"]), ty: Int, list: false }
--   $2 SessionError { session: Claim(["tier"]), ty: Int, list: false }
--   $3 Constant(Int(1000))


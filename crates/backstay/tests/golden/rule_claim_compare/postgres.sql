-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE (t1."score" > $1::int8)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Session { session: Claim(["level"]), ty: Int, list: false }
--   $2 Constant(Int(1000))


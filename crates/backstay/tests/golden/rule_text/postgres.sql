-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "docs" AS t1
WHERE ((strpos(lower(t1."title" COLLATE "C"), $1::text) > 0)
  AND (length(btrim(t1."title", E'\t\n\x0B\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000')) > $2::int8)
  AND (((right(t1."body", length($3::text)) = $3::text) IS TRUE) = FALSE))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("a"))
--   $2 Constant(Int(4))
--   $3 Constant(Text("b"))
--   $4 Constant(Int(1000))


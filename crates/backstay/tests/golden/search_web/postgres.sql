-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE ((to_tsvector('english', t1."blurb") @@ websearch_to_tsquery('english', $2::text))
  AND (t1."blurb" IS NOT NULL))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Input { slot: Slot(0), cast: SearchText(Web) }
--   $3 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE ((to_tsvector('english', t1."title") @@ plainto_tsquery('english', $2::text)) OR ((to_tsvector('english', t1."blurb") @@ plainto_tsquery('english', $3::text))
  AND (t1."blurb" IS NOT NULL)))
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("id"))
--   $2 Input { slot: Slot(0), cast: SearchText(Plain) }
--   $3 Input { slot: Slot(1), cast: SearchText(Plain) }
--   $4 Constant(Int(1000))


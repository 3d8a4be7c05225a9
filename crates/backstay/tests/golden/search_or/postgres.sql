-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE ((to_tsvector('english', t1."title") @@ plainto_tsquery('english', $1::text)) OR ((to_tsvector('english', t1."blurb") @@ plainto_tsquery('english', $2::text))
  AND (t1."blurb" IS NOT NULL)))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Input { slot: Slot(0), cast: SearchText(Plain) }
--   $2 Input { slot: Slot(1), cast: SearchText(Plain) }
--   $3 Constant(Int(1000))


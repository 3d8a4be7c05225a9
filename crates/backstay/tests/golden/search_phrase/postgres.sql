-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE ((to_tsvector('english', t1."blurb") @@ phraseto_tsquery('english', $1::text))
  AND (t1."blurb" IS NOT NULL))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: SearchText(Phrase) }
--   $2 Constant(Int(1000))


-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (to_tsvector('english', t1."title") @@ to_tsquery('english', $1::text))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: SearchText(Raw) }
--   $2 Constant(Int(1000))


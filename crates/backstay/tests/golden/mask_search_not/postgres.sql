-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "reviews" AS t1
WHERE (((t1."hidden" = FALSE) OR (t1."userId" = $1::text))
  AND (NOT CASE WHEN (CASE WHEN (t1."userId" = $1::text) THEN t1."note" END IS NOT NULL) THEN (to_tsvector('english', t1."note") @@ plainto_tsquery('english', $2::text)) END))
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Input { slot: Slot(0), cast: SearchText(Plain) }
--   $3 Constant(Int(1000))


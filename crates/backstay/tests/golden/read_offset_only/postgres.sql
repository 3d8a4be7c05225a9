-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
ORDER BY t1."id"
LIMIT $1::int8
OFFSET $2::int8;
--   $1 Constant(Int(1000))
--   $2 Input { slot: Slot(0), cast: Offset }


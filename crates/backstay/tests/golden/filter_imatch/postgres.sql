-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (t1."title" ~ $1::text)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: PosixRegex { engine: Postgres, ignore_case: true } }
--   $2 Constant(Int(1000))


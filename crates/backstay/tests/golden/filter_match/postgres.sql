-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE (t1."title" ~ $2::text)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Input { slot: Slot(0), cast: PosixRegex { engine: Postgres, ignore_case: false } }
--   $3 Constant(Int(1000))


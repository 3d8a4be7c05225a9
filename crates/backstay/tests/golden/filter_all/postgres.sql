-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (bool_and((t1."title" COLLATE "und-x-icu" ILIKE t2."value")) = FALSE) THEN FALSE WHEN (count(*) = count((t1."title" COLLATE "und-x-icu" ILIKE t2."value"))) THEN TRUE END
  FROM unnest($1::text[]) AS t2(value)
)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: TextList }
--   $2 Constant(Int(1000))


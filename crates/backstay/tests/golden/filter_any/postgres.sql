-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (bool_or((t1."title" LIKE t2."value")) = TRUE) THEN TRUE WHEN (count(*) = count((t1."title" LIKE t2."value"))) THEN FALSE END
  FROM unnest($1::text[]) AS t2(value)
)
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: TextList }
--   $2 Constant(Int(1000))


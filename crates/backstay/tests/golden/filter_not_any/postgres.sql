-- read, flat rows (id: Plain)
SELECT t1."id"
FROM "books" AS t1
WHERE (NOT (
  SELECT CASE WHEN (bool_or((t1."pages" = t2."value")) = TRUE) THEN TRUE WHEN (count(*) = count((t1."pages" = t2."value"))) THEN FALSE END
  FROM unnest($1::int4[]) AS t2(value)
))
ORDER BY t1."id"
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $2 Constant(Int(1000))


-- read, JSON rows
SELECT json_build_object($1::text, t1."id")
FROM "books" AS t1
WHERE (
  SELECT CASE WHEN (bool_or((t1."pages" = t2."value")) = TRUE) THEN TRUE WHEN (count(*) = count((t1."pages" = t2."value"))) THEN FALSE END
  FROM unnest($2::int4[]) AS t2(value)
)
ORDER BY t1."id"
LIMIT $3::int8;
--   $1 Constant(Text("id"))
--   $2 Input { slot: Slot(0), cast: ListOf(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $3 Constant(Int(1000))


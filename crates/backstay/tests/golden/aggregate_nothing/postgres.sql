-- read, flat rows (sum: Raw, count: Raw)
SELECT coalesce(CAST(to_json(sum(t1."pages")) AS text), 'null'), coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM "books" AS t1
WHERE (t1."id" = $1::int4)
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $2 Constant(Int(1000))


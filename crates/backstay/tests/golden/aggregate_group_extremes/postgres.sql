-- read, flat rows (genre: Plain, max: Raw, min: Raw)
SELECT t1."genre", coalesce(CAST(to_json(max(t1."pages")) AS text), 'null'), coalesce(CAST(to_json(min(t1."pages")) AS text), 'null')
FROM "books" AS t1
WHERE (t1."pages" IS DISTINCT FROM $1::int4)
GROUP BY t1."genre"
ORDER BY t1."genre" NULLS FIRST
LIMIT $2::int8;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $2 Constant(Int(1000))


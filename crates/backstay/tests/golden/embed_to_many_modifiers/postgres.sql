-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t2."title") AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t2
    WHERE ((t2."authorId" = t1."id")
      AND (t2."pages" > $2::int4))
    ORDER BY t2."pages" DESC, t2."id"
    LIMIT $3::int8
  ) AS t3
) AS text), 'null')
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $4::int8;
--   $1 Constant(Text("{\"title\":"))
--   $2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $3 Input { slot: Slot(1), cast: Limit { max: 1000 } }
--   $4 Constant(Int(1000))


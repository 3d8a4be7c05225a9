-- read, JSON rows, the total first
SELECT coalesce(CAST(to_json(count(*)) AS text), 'null')
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t3
  WHERE (t3."pages" > $1::int4)
) AS t5
UNION ALL SELECT t6."c0"
FROM (
  SELECT (($2::text || coalesce(CAST(t1."id" AS text), 'null') || $3::text || coalesce(CAST((
    SELECT (($4::text || coalesce(CAST(to_json(t2."name") AS text), 'null')) || '}')
    FROM "authors" AS t2
    WHERE (t2."id" = t1."authorId")
    LIMIT 1
  ) AS text), 'null')) || '}') AS "c0"
  FROM "books" AS t1
  WHERE (t1."pages" > $1::int4)
  ORDER BY t1."id"
  LIMIT $5::int8
) AS t6;
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $2 Constant(Text("{\"id\":"))
--   $3 Constant(Text(",\"author\":"))
--   $4 Constant(Text("{\"name\":"))
--   $5 Input { slot: Slot(1), cast: Limit { max: 1000 } }


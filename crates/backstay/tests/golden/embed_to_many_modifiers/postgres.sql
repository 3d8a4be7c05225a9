-- read, JSON rows
SELECT json_build_object($1::text, t1."name", $2::text, (
  SELECT coalesce(json_agg(t3."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t2."title") AS "c0"
    FROM "books" AS t2
    WHERE ((t2."authorId" = t1."id")
      AND (t2."pages" > $4::int4))
    ORDER BY t2."pages" DESC, t2."id"
    LIMIT $5::int8
  ) AS t3
))
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT $6::int8;
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   $5 Input { slot: Slot(1), cast: Limit { max: 1000 } }
--   $6 Constant(Int(1000))


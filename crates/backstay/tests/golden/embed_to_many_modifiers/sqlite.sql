-- read, flat rows (name: Plain, books: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?1, t2."title") AS "c0"
    FROM "books" AS t2
    WHERE ((t2."authorId" = t1."id")
      AND (t2."pages" > ?2))
    ORDER BY t2."pages" DESC NULLS FIRST, t2."id"
    LIMIT ?3
  ) AS t3
)
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?4;
--   ?1 Constant(Text("title"))
--   ?2 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?3 Input { slot: Slot(1), cast: Limit { max: 1000 } }
--   ?4 Constant(Int(1000))


-- read, flat rows (id: Plain, author: Raw), the total first
SELECT count(*), NULL
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t3
  WHERE (t3."pages" > ?1)
) AS t5
UNION ALL SELECT t6."c0", t6."c1"
FROM (
  SELECT t1."id" AS "c0", (
    SELECT json_object(?2, t2."name")
    FROM "authors" AS t2
    WHERE (t2."id" = t1."authorId")
  ) AS "c1"
  FROM "books" AS t1
  WHERE (t1."pages" > ?1)
  ORDER BY t1."id"
  LIMIT ?3
) AS t6;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?2 Constant(Text("name"))
--   ?3 Input { slot: Slot(1), cast: Limit { max: 1000 } }


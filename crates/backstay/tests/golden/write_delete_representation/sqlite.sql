-- select the keys
SELECT json_group_array(json_array(t1."id"))
FROM "publishers" AS t1
WHERE (t1."id" = ?1);
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (name: Plain, books: Raw)
SELECT t2."name", (
  SELECT json_group_array(json(t5."c0"))
  FROM (
    SELECT json_object(?1, t4."title") AS "c0"
    FROM "books" AS t4
    WHERE (t4."publisherId" = t2."id")
    ORDER BY t4."id"
    LIMIT ?2
  ) AS t5
)
FROM json_each(?3) AS t3
JOIN "publishers" AS t2 ON (t2."id" = "->>"(t3."value", 0))
ORDER BY t3."key";
--   ?1 Constant(Text("title"))
--   ?2 Constant(Int(1000))
--   ?3 Keys

-- change, answers nothing
DELETE
FROM "publishers"
WHERE ("publishers"."id" IN (
  SELECT "->>"(t6."value", 0)
  FROM json_each(?1) AS t6
));
--   ?1 Keys


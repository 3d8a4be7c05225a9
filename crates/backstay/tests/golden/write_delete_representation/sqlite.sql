-- select the keys
SELECT json_group_array(json_array(t1."id"))
FROM "books" AS t1
WHERE (t1."id" = ?1);
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_object(?1, t2."id", ?2, json((
  SELECT json_group_array(json(t5."c0"))
  FROM (
    SELECT json_object(?1, t4."id") AS "c0"
    FROM "reviews" AS t4
    WHERE (t4."bookId" = t2."id")
    ORDER BY t4."id"
    LIMIT ?3
  ) AS t5
)))
FROM json_each(?4) AS t3
JOIN "books" AS t2 ON (t2."id" = "->>"(t3."value", 0))
ORDER BY t3."key";
--   ?1 Constant(Text("id"))
--   ?2 Constant(Text("reviews"))
--   ?3 Constant(Int(1000))
--   ?4 Keys

-- change, answers nothing
DELETE
FROM "books"
WHERE ("books"."id" IN (
  SELECT "->>"(t6."value", 0)
  FROM json_each(?1) AS t6
));
--   ?1 Keys

